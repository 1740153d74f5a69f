"""A request's id is no part of its question, wherever it stands, and nothing else is an id."""

import json

import pytest
from samovar.caching.asking import Asking
from samovar.caching.questions import Asked, ask, exact
from samovar.types import ModelSpec, Payload

OIP = "application/vnd.oip+json"
AT = Asked(ModelSpec("m"), "1", b"identity")


def test_an_id_that_is_hidden_by_an_escape_is_found() -> None:
    tensor = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
    plain = json.dumps({"inputs": [tensor]})
    hidden = plain[:-1] + ', "\\u0069d": "theirs"}'
    payloads = [Payload(b.encode(), "application/vnd.oip+json", "r") for b in (plain, hidden)]
    assert exact(payloads[0], AT) is not None
    assert exact(payloads[1], AT) is None
    asked = [ask(payload, AT) for payload in payloads]
    assert [one.request_id for one in asked if one] == ["r", "theirs"]
    assert asked[0] is not None
    assert asked[1] is not None
    assert asked[0].key == asked[1].key


def test_requests_that_differ_in_their_ids_alone_are_read_once() -> None:
    def sent(own: str) -> Payload:
        tensor = '{"name":"x","datatype":"FP32","shape":[1],"data":[1]}'
        return Payload(f'{{"inputs":[{tensor}],"id" : "{own}"}}'.encode(), OIP, "r")

    asking = Asking()
    spec = ModelSpec("m", files={"1/model.onnx": "a" * 64})
    to = asking.to(spec, "1")
    assert to is not None
    asked = [asking.question(sent(own), to) for own in ("a", "other id", "q" * 128)]
    assert [one.request_id for one in asked if one] == ["a", "other id", "q" * 128]
    assert len({one.key for one in asked if one}) == 1
    assert len({one.digest for one in (exact(sent(own), to) for own in "abc") if one}) == 1
    for strange in ("é", "\\n", "\x01", "", "q" * 129):
        assert exact(sent(strange), to) is None


@pytest.mark.parametrize("place", ["parameters", "extra"])
def test_what_looks_like_an_id_and_is_none_is_a_part_of_the_question(place: str) -> None:
    """Even where it is the very id that the request has from elsewhere."""

    def sent(value: str, request_id: str) -> Payload:
        tensor = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
        body = {"inputs": [{**tensor, place: {"id": value}}]}
        return Payload(json.dumps(body).encode(), OIP, request_id)

    asking = Asking()
    to = asking.to(ModelSpec("m", files={"1/model.onnx": "a" * 64}), "1")
    assert to is not None
    asked = [asking.question(sent(*each), to) for each in (("x", "x"), ("y", "x"), ("y", "y"))]
    keys = [one.key for one in asked if one]
    assert keys[0] != keys[1] == keys[2]
    assert [one.request_id for one in asked if one] == ["x", "x", "y"]
