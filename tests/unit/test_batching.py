"""Requests that share a run get the answers, and the errors, that they would get alone."""

import io
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samovar import batching, pipeline
from samovar.errors import InvalidInput, ModelRunFailed, SamovarError, WrongShape
from samovar.model import Model
from samovar.types import OIP_BINARY, OIP_JSON, Payload

from tests.function_models import doubler, function_model

SMALL = 'title = "Doubler"\n[batch]\nmax_size = 3\n'
ALONE = 'title = "Doubler"\n[batch]\naxis = false\n'


def request(
    rows: int, width: int, value: float = 1, outputs: Sequence[str] = (), **more: object
) -> Payload:
    data = [[value + row] * width for row in range(rows)]
    tensor = {"name": "x", "datatype": "FP32", "shape": [rows, width], "data": data}
    wanted = [{"name": name} for name in outputs]
    body = {"inputs": [tensor], **({"outputs": wanted} if wanted else {})}
    return Payload(orjson.dumps(body), OIP_JSON, f"{rows}x{width}")


def binary_request(rows: int, width: int) -> Payload:
    raw = np.ones((rows, width), "<f4").tobytes()
    tensor = {"name": "x", "datatype": "FP32", "shape": [rows, width]}
    tensor["parameters"] = {"binary_data_size": len(raw)}
    head = orjson.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    return Payload(head + raw, f"{OIP_BINARY};json-header-size={len(head)}", "b")


BROKEN = [
    Payload(b"not json", OIP_JSON),
    Payload(b"{}", OIP_JSON),
    Payload(b'{"row": {"x": "text"}}', "application/json"),
    request(1, 2, value=13),  # the model itself refuses it
    request(2, 1, outputs=["z"]),
    Payload(b"\xff", "image/png"),
]
ROW = st.fixed_dictionaries({"x": st.lists(st.integers(0, 14), min_size=2, max_size=2)})
REQUESTS = st.one_of(
    st.builds(
        request,
        st.integers(0, 7),
        st.integers(0, 3),
        st.sampled_from([1.0, 2.5, 20.0]),
        st.sampled_from([(), ("y",), ("n",), ("n", "y")]),
    ),
    st.builds(binary_request, st.integers(0, 7), st.integers(1, 3)),
    st.builds(
        lambda rows: Payload(orjson.dumps({"rows": rows}), "application/json", "p"),
        st.lists(
            st.fixed_dictionaries({"x": st.lists(st.integers(0, 14), min_size=2, max_size=2)})
        ),
    ),
    st.sampled_from(BROKEN),
)


def alone(payload: Payload, model: Model) -> Payload | SamovarError:
    try:
        return pipeline.infer(payload, model)
    except SamovarError as error:
        return error


def seen(result: Payload | SamovarError) -> object:
    if isinstance(result, Payload):
        return result
    return type(result), result.message


@pytest.mark.parametrize("manifest", [SMALL, ALONE, "", 'title = "x"\n'])
@given(payloads=st.lists(REQUESTS, max_size=6))
def test_together_is_the_same_as_one_by_one(manifest: str, payloads: list[Payload]) -> None:
    model, _ = doubler(manifest)
    together = pipeline.infer_many(payloads, model)
    assert [seen(r) for r in together] == [seen(alone(p, model)) for p in payloads]


def test_no_requests_have_no_answers() -> None:
    model, runner = doubler()
    assert pipeline.infer_many([], model) == []
    assert not runner.calls


def test_requests_of_one_shape_share_a_run() -> None:
    model, runner = doubler()
    pipeline.infer_many([request(2, 3), request(1, 3), request(4, 3)], model)
    assert [call["x"].shape for call in runner.calls] == [(7, 3)]


def test_requests_of_other_shapes_have_runs_of_their_own() -> None:
    model, runner = doubler()
    pipeline.infer_many([request(2, 3), request(1, 2), request(1, 3)], model)
    assert sorted(call["x"].shape for call in runner.calls) == [(1, 2), (3, 3)]


def test_no_run_is_larger_than_the_models_largest_batch() -> None:
    model, runner = doubler(SMALL)
    answer = pipeline.infer(request(8, 1), model)
    assert [len(call["x"]) for call in runner.calls] == [3, 3, 2]
    assert orjson.loads(answer.body)["outputs"][0]["data"] == [2 * (1 + n) for n in range(8)]
    runner.calls.clear()
    pipeline.infer_many([request(2, 1), request(2, 1), request(2, 1)], model)
    assert [len(call["x"]) for call in runner.calls] == [3, 3]


def test_rows_of_a_model_that_may_not_share_go_one_by_one() -> None:
    model, runner = doubler(ALONE)
    body = orjson.dumps({"rows": [{"x": [1]}, {"x": [2]}]})
    answer = pipeline.infer(Payload(body, "application/json"), model)
    assert [row["y"] for row in orjson.loads(answer.body)["predictions"]] == [[2], [4]]
    assert [call["x"].shape for call in runner.calls] == [(1, 1), (1, 1)]


def test_a_request_at_fault_fails_alone() -> None:
    model, _ = doubler()
    good, bad = request(2, 2), request(1, 2, value=13)
    results = pipeline.infer_many([good, bad, good, Payload(b"", OIP_JSON)], model)
    assert results[0] == results[2] == pipeline.infer(good, model)
    assert isinstance(results[1], ModelRunFailed)
    assert isinstance(results[3], InvalidInput)


def test_only_the_outputs_that_somebody_wants_are_computed() -> None:
    model, runner = doubler()
    wanted: list[Sequence[str]] = []
    run = runner.run
    runner.run = lambda tensors, outputs: wanted.append(outputs) or run(tensors, outputs)  # type: ignore[method-assign]  # a spy
    pipeline.infer_many([request(1, 1, outputs=["n"]), request(1, 1, outputs=["n"])], model)
    pipeline.infer_many([request(1, 1, outputs=["n"]), request(1, 1, outputs=["y"])], model)
    assert [sorted(names) for names in wanted] == [["n"], ["n", "y"]]


@pytest.mark.parametrize("width", [0, 2])
def test_an_empty_batch_runs_nothing_and_gives_empty_outputs(width: int) -> None:
    model, runner = doubler()
    answer = orjson.loads(pipeline.infer(request(0, width), model).body)
    assert [(o["shape"][0], o["data"]) for o in answer["outputs"]] == [(0, []), (0, [])]
    assert not runner.calls


def test_no_rows_from_a_person_have_no_predictions() -> None:
    model, runner = doubler()
    answer = pipeline.infer(Payload(b'{"rows": []}', "application/json"), model)
    assert orjson.loads(answer.body)["predictions"] == []
    assert not runner.calls


def test_inputs_of_different_batch_sizes_are_refused_by_name() -> None:
    pair = {"a": ("FP32", (-1,)), "b": ("FP32", (-1,))}
    model, _ = function_model(lambda t: {"c": t["a"]}, pair, {"c": ("FP32", (-1,))})
    with pytest.raises(WrongShape, match="'a' has 2, 'b' has 3"):
        batching.run(model, {"a": np.zeros(2, "f4"), "b": np.zeros(3, "f4")}, ())


def test_a_model_without_a_manifest_may_have_inputs_of_different_lengths() -> None:
    pair = {"a": ("FP32", (-1,)), "b": ("FP32", (-1,))}
    model, _ = function_model(
        lambda t: {"c": np.convolve(t["a"], t["b"])}, pair, {"c": ("FP32", (-1,))}, ""
    )
    found = batching.run(model, {"a": np.float32([1, 2]), "b": np.float32([1, 1, 1])}, ())
    assert found["c"].tolist() == [1, 3, 3, 2]


@pytest.mark.parametrize("manifest", ["", ALONE])
def test_a_signal_is_not_cut_into_batches(manifest: str) -> None:
    signal = {"x": ("FP32", (-1,))}
    model, _ = function_model(
        lambda t: {"y": np.cumsum(t["x"], dtype=np.float32)},
        signal,
        {"y": ("FP32", (-1,))},
        manifest,
    )
    assert batching.run(model, {"x": np.ones(1000, "f4")}, ())["y"][-1] == 1000


def test_outputs_without_a_row_for_each_are_not_cut_apart() -> None:
    # The manifest says that rows stand alone; the graph does otherwise.
    model, _ = function_model(
        lambda t: {"y": t["x"].sum(axis=0, keepdims=True)},
        {"x": ("FP32", (-1,))},
        {"y": ("FP32", (-1,))},
        SMALL,
    )
    with pytest.raises(ModelRunFailed, match=r"'y' has 1 rows for 3.*axis = false"):
        batching.run(model, {"x": np.ones(4, "f4")}, ())
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [1, 2]}]}
    payload = Payload(orjson.dumps(body), OIP_JSON)
    for result in pipeline.infer_many([payload, payload], model):
        assert isinstance(result, Payload)
        assert orjson.loads(result.body)["outputs"][0]["data"] == [3]


def test_outputs_of_other_widths_for_other_rows_are_not_joined() -> None:
    widths = iter([2, 3])
    model, _ = function_model(
        lambda t: {"y": np.zeros((len(t["x"]), next(widths)), "f4")},
        {"x": ("FP32", (-1,))},
        {"y": ("FP32", (-1, -1))},
        SMALL,
    )
    with pytest.raises(ModelRunFailed, match="'y' has another shape"):
        batching.run(model, {"x": np.ones(4, "f4")}, ())


def test_a_graph_of_one_row_takes_many_rows_from_a_person() -> None:
    model, runner = function_model(
        lambda t: {"y": t["x"] * 2}, {"x": ("FP32", (1, 2))}, {"y": ("FP32", (1, 2))}
    )
    body = orjson.dumps({"rows": [{"x": [1, 2]}, {"x": [3, 4]}]})
    answer = orjson.loads(pipeline.infer(Payload(body, "application/json"), model).body)
    assert [row["y"] for row in answer["predictions"]] == [[2, 4], [6, 8]]
    assert len(runner.calls) == 2


def test_pictures_are_prepared_one_at_a_time_and_run_together() -> None:
    """Decoded, 32 of them are gigabytes; what a model takes of them is little."""
    size = "size = [2, 2]\n"
    manifest = (
        f'[input]\nkind = "image"\n[[pre]]\nstep = "resize"\n{size}'
        f'[[pre]]\nstep = "image_tensor"\nchannels = "L"\ntensor = "x"\n{size}'
    )
    shapes = {"x": ("FP32", (-1, 1, 2, 2))}
    model, runner = function_model(
        lambda tensors: {"y": tensors["x"]}, shapes, {"y": shapes["x"]}, manifest
    )
    prepared: list[int] = []
    prepare = model.program.prepare
    spied = SimpleNamespace(
        prepare=lambda items: (prepared.append(len(items)), prepare(items))[1],
        run=model.program.run,
        answer=model.program.answer,
        signature=model.program.signature,
    )
    pictures = [Payload(png(width), "image/png") for width in (3, 5, 4)]
    answers = pipeline.infer_many(pictures, Model(model.spec, "1", spied))
    assert all(isinstance(answer, Payload) for answer in answers)
    assert prepared == [1, 1, 1]
    assert [call["x"].shape for call in runner.calls] == [(3, 1, 2, 2)]


def png(width: int) -> bytes:
    picture = io.BytesIO()
    Image.new("L", (width, 2)).save(picture, "PNG")
    return picture.getvalue()
