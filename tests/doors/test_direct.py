"""The direct door: JSON in, JSON out, errors by name, and nothing of the inside in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.direct import DirectDoor
from samovar.edges.messages import status_of
from samovar.errors import (
    InvalidInput,
    MalformedBody,
    ModelNotFound,
    PayloadTooLarge,
    SamovarError,
    VersionNotFound,
    WrongShape,
)
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload

from tests.conftest import Log

Context = Callable[[], Any]


@pytest.fixture
def door(service: Service, settings: Settings, log: Log) -> DirectDoor:
    return DirectDoor(service, settings, log.observer)


def _infer(data: list, **more: Any) -> dict[str, Any]:
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 3], "data": data}
    return {"inputs": [tensor], **more}


def test_predict_takes_what_a_person_has(door: DirectDoor, context: Context) -> None:
    answer = door({"model": "mood", "input": {"text": "great"}}, context())
    assert (answer["model"], answer["label"]) == ("mood", "good")


def test_infer_takes_a_request_of_the_protocol(door: DirectDoor, context: Context) -> None:
    answer = door({"model": "affine", "version": "1", "infer": _infer([1, 2, 3])}, context())
    assert answer["outputs"][0]["data"] == [3, 5, 7]
    assert answer["id"] == context().aws_request_id


def test_an_answer_is_one_line_in_the_log(door: DirectDoor, context: Context, log: Log) -> None:
    door({"model": "mood", "input": {"text": "great"}}, context())
    (line,) = log.lines()
    assert (line["door"], line["model"], line["status"]) == ("direct", "mood", 200)


BAD: list[tuple[Any, type[SamovarError], str]] = [
    (None, InvalidInput, "model"),
    ([], InvalidInput, "model"),
    ("text", InvalidInput, "model"),
    ({}, InvalidInput, "model"),
    ({"model": 3, "input": {}}, InvalidInput, "model"),
    ({"model": "mood"}, InvalidInput, "input"),
    ({"model": "mood", "input": {}, "infer": {}}, InvalidInput, "input"),
    ({"model": "mood", "input": {"text": "a"}, "Version": "1"}, InvalidInput, "'Version'"),
    ({"model": "mood", "input": {"text": "a"}, "version": 1}, InvalidInput, "version"),
    ({"model": "absent", "input": {}}, ModelNotFound, "'absent'"),
    ({"model": "../mood", "input": {}}, ModelNotFound, "mood"),
    ({"model": "mood", "version": "7", "input": {"text": "a"}}, VersionNotFound, "version 7"),
    ({"model": "mood", "input": "text"}, MalformedBody, "object"),
    ({"model": "affine", "infer": _infer([1])}, WrongShape, "'x'"),
    ({"model": "affine", "infer": _infer([10**30, 1, 1])}, MalformedBody, "64"),
    ({"model": "mood", "input": {"text": "\ud800"}}, MalformedBody, "surrogate"),
    ({"model": "mood", "input": {"text": "a" * 7_000_000}}, PayloadTooLarge, "bytes"),
    (
        {"model": "affine", "infer": _infer([1, 2, 3], parameters={"binary_data_output": True})},
        InvalidInput,
        "binary_data_output",
    ),
]


@pytest.mark.parametrize(("event", "error", "said"), BAD, ids=range(len(BAD)))
def test_a_wrong_event_is_refused_by_name(
    door: DirectDoor, context: Context, log: Log, event: Any, error: type, said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        door(event, context())
    assert len(str(caught.value)) < 500
    (line,) = log.lines()
    assert (line["status"], line["code"]) == (status_of(caught.value), caught.value.code)


def test_a_fault_of_ours_shows_nothing_of_the_inside(
    service: Service, settings: Settings, log: Log, context: Context
) -> None:
    class Broken(Service):
        def predict(self, model: str, version: str, payload: Payload) -> Payload:
            raise ValueError("secret payload")

    door = DirectDoor(Broken(service._store, service._host), settings, log.observer)
    with pytest.raises(SamovarError, match=context().aws_request_id) as caught:
        door({"model": "mood", "input": {"text": "a"}}, context())
    assert type(caught.value) is SamovarError
    assert caught.value.__suppress_context__
    fault, line = log.lines()
    assert fault["exception_name"] == "ValueError"
    assert (line["status"], line["code"]) == (500, "internal_error")
    assert "secret" not in str(log.lines())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def one_door(tmp_path_factory: pytest.TempPathFactory) -> DirectDoor:
    from samovar.wiring import build_service

    from tests.tiny_models import write_models

    settings = Settings(models_dir=write_models(Path(tmp_path_factory.mktemp("models"))))
    return DirectDoor(build_service(settings), settings, Log(settings).observer)


@given(
    model=st.sampled_from(["mood", "price", "affine"]),
    key=st.sampled_from(["input", "infer"]),
    value=JSON | st.fixed_dictionaries({"row": JSON}) | st.fixed_dictionaries({"inputs": JSON}),
)
def test_any_event_is_answered_or_refused(
    one_door: DirectDoor, model: str, key: str, value: Any
) -> None:
    try:
        answer = one_door({"model": model, key: value}, None)
    except SamovarError as error:
        if type(error) is SamovarError:  # a fault of ours
            raise
    else:
        assert isinstance(answer, dict)
