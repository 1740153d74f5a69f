"""API Gateway's events, in both formats; and what stands in for a broken one."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.gateway import read_event, write_event
from samovar.edges.hot import HotDoor
from samovar.edges.messages import Response
from samovar.errors import InvalidInput, MalformedBody
from samovar.service import Service
from samovar.settings import Settings

from tests.conftest import Log
from tests.gateway_events import answer_body, http_event, rest_event

PATH = "/v2/models/m/infer"


@pytest.mark.parametrize("event", [http_event, rest_event])
def test_an_event_of_either_format_is_the_same_request(event: Callable[..., Any]) -> None:
    request = read_event(event("POST", PATH, b"\x00\xff", {"X-Request-Id": "mine"}), "own")
    assert (request.method, request.path, request.body) == ("POST", PATH, b"\x00\xff")
    assert request.headers["x-request-id"] == request.request_id == "mine"


def test_a_text_body_comes_as_it_is() -> None:
    event = http_event("POST", PATH) | {"body": '{"ä": 1}', "isBase64Encoded": False}
    assert read_event(event, "").body == '{"ä": 1}'.encode()
    assert read_event(event | {"body": None}, "").body == b""


@pytest.mark.parametrize("stage", ["prod", "$default"])
def test_a_stage_is_no_part_of_the_path(stage: str) -> None:
    assert read_event(http_event("POST", PATH, stage=stage), "").path == PATH


def test_a_stage_of_a_rest_api_may_be_named_as_a_path_begins() -> None:
    event = rest_event("POST", PATH)
    event["requestContext"]["stage"] = "v2"
    assert read_event(event, "").path == PATH
    assert read_event(http_event("POST", PATH, stage="v2"), "").path == PATH
    first = event | {"version": "1.0", "path": f"/v2{PATH}"}  # an HTTP API may write it too
    assert read_event(first, "").path == PATH


@pytest.mark.parametrize("event", [None, [], "x", {}, {"requestContext": None}])
def test_what_is_no_event_is_refused(event: Any) -> None:
    with pytest.raises(InvalidInput, match="not an API Gateway event"):
        read_event(event, "")


@pytest.mark.parametrize("body", ["%%%", "YQ", 7, ["YQ=="]])
def test_a_body_that_is_not_what_the_event_says_is_refused(body: Any) -> None:
    with pytest.raises(MalformedBody):
        read_event(http_event("POST", PATH) | {"body": body}, "")


@given(body=st.binary(max_size=50), compressed=st.booleans())
def test_bytes_leave_as_they_are(body: bytes, compressed: bool) -> None:
    headers = {"content-encoding": "gzip"} if compressed else {}
    event = write_event(Response(200, body, "application/octet-stream", headers), "id")
    assert answer_body(event) == body
    assert event["headers"]["x-request-id"] == "id"


def test_json_leaves_as_text() -> None:
    event = write_event(Response(200, b'{"a": 1}'), "id")
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = ("version", "rawPath", "path", "httpMethod", "headers", "body", "isBase64Encoded")


@given(changes=st.dictionaries(st.sampled_from([*KEYS, "requestContext"]), JSON, max_size=3))
def test_the_hot_door_answers_whatever_it_is_handed(changes: dict[str, Any]) -> None:
    answer = HotDoor(_service(), Settings(), _log().observer)(
        http_event("POST", PATH) | changes, None
    )
    assert answer["statusCode"] in (400, 404, 405)
    assert answer["body"].startswith('{"error":')


def _log() -> Log:
    return Log(Settings())


def _service() -> Service:
    from pathlib import Path

    from samovar.wiring import build_service

    return build_service(Settings(models_dir=Path("/nonexistent")))
