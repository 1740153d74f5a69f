"""One graph and its steps: what they make must be what the graph takes."""

import numpy as np
import orjson
import pytest
from samovar import pipeline
from samovar.errors import (
    ManifestInvalid,
    MissingTensor,
    ModelRunFailed,
    SamovarError,
    UnknownTensor,
    WrongShape,
)
from samovar.types import Payload

from tests.function_models import function_model

ROWS = """
[input]
kind = "row"
columns = ["a", "b"]
[[pre]]
step = "columns"
tensors = [{ name = "x", columns = ["a", "b"] }]
"""
IMPUTED = """
[input]
kind = "row"
[[pre]]
step = "impute"
values = { a = 7.0 }
"""


def row(manifest: str, kind: str = "FP32", width: int = -1, name: str = "x") -> dict:
    model, _ = function_model(
        lambda t: {"y": t[name] * 2}, {name: (kind, (-1, width))}, {"y": (kind, (-1, -1))}, manifest
    )
    body = orjson.dumps({"row": {"a": 1, "b": 2}})
    return orjson.loads(pipeline.infer(Payload(body, "application/json", "r"), model).body)


def test_steps_that_make_what_the_graph_takes_are_answered() -> None:
    assert row(ROWS)["y"] == [2, 4]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"name": "z"}, ManifestInvalid, "make 'x', but its graph takes 'z'"),
        ({"kind": "FP64"}, ManifestInvalid, "'x' of float32, but its graph takes FP64"),
        ({"width": 3}, WrongShape, r"'x' takes shape \[-1, 3\].*became \[1, 2\]"),
    ],
)
def test_steps_that_make_something_else_are_the_manifests_fault(
    change: dict, error: type[SamovarError], said: str
) -> None:
    with pytest.raises(error, match=said):
        row(ROWS, **change)


def _by_name(manifest: str, body: object) -> dict:
    inputs = {"a": ("FP32", (-1, 1)), "b": ("INT64", (-1, 1))}
    model, _ = function_model(
        lambda t: {"y": t["a"][:, 0] + t["b"][:, 0]}, inputs, {"y": ("FP64", (-1,))}, manifest
    )
    return orjson.loads(
        pipeline.infer(Payload(orjson.dumps(body), "application/json", "r"), model).body
    )


def test_rows_go_to_the_inputs_of_their_columns_names() -> None:
    manifest = '[input]\nkind = "row"\n'
    assert _by_name(manifest, {"row": {"a": 1.5, "b": 2}})["y"] == 3.5
    found = _by_name(manifest, {"rows": [{"a": 1.5, "b": 2}, {"b": 4, "a": 3}]})
    assert [answer["y"] for answer in found["predictions"]] == [3.5, 7]


def test_rows_that_steps_have_filled_go_there_too() -> None:
    assert _by_name(IMPUTED, {"row": {"a": None, "b": 2}})["y"] == 9


def test_a_row_with_a_name_that_is_no_input_is_refused() -> None:
    with pytest.raises(UnknownTensor, match="row 1 has an unknown input 'c'"):
        _by_name('[input]\nkind = "row"\n', {"rows": [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}]})
    with pytest.raises(MissingTensor, match="row 0 lacks input 'b'"):
        _by_name('[input]\nkind = "row"\n', {"row": {"a": 1}})


def test_tensors_that_the_last_step_leaves_are_answered_under_their_names() -> None:
    model, _ = function_model(
        lambda t: {"y": t["x"]},
        {"x": ("FP32", (-1, 2))},
        {"y": ("FP32", (-1, 2))},
        'title = "x"\n[[post]]\nstep = "softmax"\n',
    )
    answer = pipeline.infer(Payload(b'{"row": {"x": [1, 1]}}', "application/json", "r"), model)
    assert orjson.loads(answer.body)["y"] == [0.5, 0.5]


def _whole(rows: int, manifest: str, output: np.ndarray) -> dict:
    model, _ = function_model(
        lambda _: {"y": output}, {"x": ("FP32", (-1,))}, {"y": ("FP32", (-1,))}, manifest
    )
    body = orjson.dumps({"rows": [{"x": 1}] * rows})
    return orjson.loads(pipeline.infer(Payload(body, "application/json", "r"), model).body)


def test_an_output_that_is_not_by_rows_belongs_whole_to_a_single_one() -> None:
    found = _whole(1, "", np.float32([1, 2, 3]))
    assert found["predictions"] == [{"y": [1, 2, 3]}]


def test_an_output_that_is_not_by_rows_cannot_be_shared_out() -> None:
    with pytest.raises(ModelRunFailed, match=r"'y' of shape \[3\].*2 rows.*axis = false"):
        _whole(2, 'title = "x"\n', np.float32([1, 2, 3]))
    found = _whole(2, 'title = "x"\n[batch]\naxis = false\n', np.float32([1, 2, 3]))
    assert [answer["y"] for answer in found["predictions"]] == [[1, 2, 3], [1, 2, 3]]
