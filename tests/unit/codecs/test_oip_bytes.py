"""Requests that are bytes: one raw tensor, texts, and whatever else comes."""

from typing import Any

import numpy as np
import orjson
import pytest
from samovar import pipeline
from samovar.codecs.oip import binary_type, header_size
from samovar.errors import InvalidInput, MalformedBody, WrongShape
from samovar.model import Model
from samovar.service import Service
from samovar.types import OIP_JSON, Payload

from tests.function_models import function_model
from tests.unit.codecs.oip_asks import echo


def _raw(model: Model, body: bytes) -> tuple[dict, bytes]:
    answer = pipeline.infer(Payload(body, binary_type(0), "r"), model)
    size = header_size(answer.content_type)
    assert size is not None
    return orjson.loads(answer.body[:size]), answer.body[size:]


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_a_raw_request_is_the_one_input_and_nothing_else(rows: int) -> None:
    array = np.arange(rows * 2, dtype="<f4").reshape(rows, 2)
    found, rest = _raw(echo("FP32"), array.tobytes())
    assert found["outputs"][0]["shape"] == [rows, 2]
    assert rest == array.tobytes()


def test_a_raw_text_is_one_element_without_its_length() -> None:
    tensor = ("BYTES", (-1,))
    model, runner = function_model(lambda t: {"y": t["x"]}, {"x": tensor}, {"y": tensor})
    _, rest = _raw(model, "ä".encode())
    assert runner.calls[0]["x"].tolist() == ["ä".encode()]
    assert rest == b"\2\0\0\0" + "ä".encode()
    assert _raw(model, b"")[1] == b"\0\0\0\0"


def test_a_raw_body_that_fills_no_shape_is_refused_by_name() -> None:
    for body in (b"\0" * 7, b"\0" * 12):
        with pytest.raises(WrongShape, match="'x'"):
            _raw(echo("FP32"), body)


def _mood(service: Service, texts: list[str], **more: Any) -> dict[str, Any]:
    tensor = {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "data": texts}
    payload = Payload(orjson.dumps({"inputs": [tensor], **more}), OIP_JSON, "r")
    answer: dict[str, Any] = orjson.loads(service.predict("mood", "", payload).body)
    return answer


def test_a_model_of_texts_takes_texts_as_a_tensor_too(service: Service) -> None:
    (output,) = _mood(service, ["great", "bad", "good and poor"])["outputs"]
    assert output["shape"] == [3, 2]
    np.testing.assert_allclose(np.reshape(output["data"], (3, 2)), [[2, 0], [0, 2], [2, 2]])


def test_bytes_after_a_texts_tensor_are_refused(service: Service) -> None:
    raw = b"\5\0\0\0great"
    tensor = {"name": "text", "datatype": "BYTES", "shape": [1]}
    tensor["parameters"] = {"binary_data_size": len(raw)}
    head = orjson.dumps({"inputs": [tensor]})
    assert service.predict("mood", "", Payload(head + raw, binary_type(len(head)), "r"))
    with pytest.raises(MalformedBody, match="add up"):
        service.predict("mood", "", Payload(head + raw + b"x", binary_type(len(head)), "r"))


def test_a_raw_request_needs_one_input_of_one_free_dimension() -> None:
    row, wide = ("FP32", (-1, 2)), ("FP32", (-1, -1))
    two, _ = function_model(lambda t: {"y": t["a"]}, {"a": row, "b": row}, {"y": row})
    with pytest.raises(InvalidInput, match="2 inputs"):
        _raw(two, b"")
    free, _ = function_model(lambda t: {"y": t["x"]}, {"x": wide}, {"y": wide})
    with pytest.raises(InvalidInput, match="free dimension"):
        _raw(free, b"")
