"""Every path, status and method answers errors in one shape, and tells nothing of the inside."""

import asyncio
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.errors import StorageUnavailable
from samovar.service import Service
from samovar.settings import Settings
from samovar.statistics import ModelStatistics
from samovar.types import Payload, Signature
from samovar.wiring import build_service
from starlette.testclient import TestClient
from starlette.types import Message

from tests.conftest import Log
from tests.doors.conftest import Handler, as_lambda
from tests.gateway_events import http_event

ROUTES = {
    "/": "GET",
    "/docs": "GET",
    "/openapi.json": "GET",
    "/healthz": "GET",
    "/v1/models": "GET",
    "/v1/rerank": "POST",
    "/v1/models/mood": "GET",
    "/v1/models/mood/versions/1": "GET",
    "/v1/models/mood/examples/0": "GET",
    "/v1/models/mood/predict": "POST",
    "/v1/models/mood/versions/1/predict": "POST",
    "/v2": "GET",
    "/v2/health/live": "GET",
    "/v2/health/ready": "GET",
    "/v2/models/stats": "GET",
    "/v2/models/mood": "GET",
    "/v2/models/mood/ready": "GET",
    "/v2/models/mood/config": "GET",
    "/v2/models/mood/stats": "GET",
    "/v2/models/mood/infer": "POST",
    "/v2/models/mood/versions/1": "GET",
    "/v2/models/mood/versions/1/ready": "GET",
    "/v2/models/mood/versions/1/config": "GET",
    "/v2/models/mood/versions/1/stats": "GET",
    "/v2/models/mood/versions/1/infer": "POST",
    "/v2/repository/index": "POST",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.mark.parametrize("path", ROUTES)
def test_a_method_that_a_path_does_not_take_is_405_with_those_that_it_does(
    client: TestClient, path: str
) -> None:
    taken = {"GET", "HEAD"} if ROUTES[path] == "GET" else {"POST"}
    for method in METHODS:
        answer = client.request(method, path)
        if method in taken:
            assert answer.status_code in (200, 400), (method, answer.text)
            continue
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == ", ".join(sorted(taken))
        if method != "HEAD":
            assert answer.json()["code"] == "method_not_allowed"
            assert method in answer.json()["error"]


@pytest.mark.parametrize("path", [path for path, method in ROUTES.items() if method == "GET"])
def test_head_is_get_without_a_body(client: TestClient, wide: Handler, path: str) -> None:
    quiet = {"accept-encoding": ""}
    answer, whole = client.head(path, headers=quiet), client.get(path, headers=quiet)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(whole.content))
    assert not wide(http_event("HEAD", path), None).get("body")


@pytest.mark.parametrize("path", ROUTES)
def test_a_slash_at_the_end_changes_nothing(client: TestClient, path: str) -> None:
    plain, slashed = (client.request(ROUTES[path], at) for at in (path, f"{path.rstrip('/')}/"))
    assert slashed.status_code == plain.status_code
    assert slashed.headers["content-type"] == plain.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/v3",
        "/v2//",
        "/v1/models/mood/infer",
        "/v2/models/mood/predict",
        "/docs/../etc/passwd",
        "/v2/models/a/versions",
        "/%",
        "/%zz",
        "/%00",
        "/v2/models/mood/infer/x",
        "/redoc",
        "/v2/repository/models/mood/load",
        "/*",
        "/\u2603",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_that_nothing_answers_is_404_in_the_same_shape(
    client: TestClient, path: str, method: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"error", "code"}
    assert answer.headers["content-type"] == "application/json"


@given(path=st.text(st.characters(codec="ascii", exclude_characters="?#"), max_size=40))
def test_no_path_makes_a_fault(path: str) -> None:
    """Through Mangum, where a path is whatever an event says."""
    settings = Settings(models_dir=Path("/nonexistent"))
    observer = Observer(settings, SystemClock(), StringIO())
    app = build_app(build_service(settings), settings, observer)
    with as_lambda(app) as door:
        answer = door(http_event("GET", f"/{path}"), None)
    assert answer["statusCode"] in (200, 404)
    assert answer["headers"]["x-request-id"]


def test_half_of_a_surrogate_pair_in_a_path_is_answered(wide: Handler, hot: HotDoor) -> None:
    for door in (wide, hot):
        answer = door(http_event("POST", "/v2/models/\ud800/infer"), None)
        assert answer["statusCode"] == 404


@pytest.mark.parametrize("size", ["6291457", "99999999999999999999999", "6291457.5"])
def test_a_length_is_believed_before_the_body_is_read(app: FastAPI, size: str) -> None:
    status, read = _post(app, [b" " * 1024], {"content-length": size, "expect": "100-continue"})
    assert (status, read) == ((413, 0) if size == "6291457" else (400, 1))


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large(app: FastAPI) -> None:
    chunk = b" " * (1024 * 1024)
    status, read = _post(app, [chunk] * 200, {})
    assert status == 413
    assert read <= 65


def test_a_client_that_goes_away_is_no_fault(app: FastAPI, log: Log) -> None:
    _post(app, [b"{", None], {})
    (line,) = log.lines()
    assert (line["status"], line["level"]) == (499, "INFO")


def _post(app: FastAPI, chunks: list[bytes | None], headers: Mapping[str, str]) -> tuple[int, int]:
    """Status, and how many messages of the body were taken; None hangs up."""
    sent = iter(chunks)
    statuses, read = [0], 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        chunk = next(sent, b"")
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": read < len(chunks)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    path = "/v2/models/affine/infer"
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    asyncio.run(app(scope, receive, send))
    return statuses[-1], read


class FailingHost:
    """A predictor whose every member raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        raise self._error

    def signature(self, model: str, version: str) -> Signature:
        raise self._error

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        raise self._error


@pytest.fixture
def failing(settings: Settings, log: Log) -> Any:
    def build(error: Exception) -> TestClient:
        service = Service(DirectoryStore(settings.models_dir), FailingHost(error))
        return TestClient(build_app(service, settings, log.observer))

    return build


PATHS = [
    ("POST", "/v2/models/mood/infer"),
    ("POST", "/v1/models/mood/predict"),
    ("GET", "/v2/models/mood"),
    ("GET", "/v2/models/stats"),
    ("GET", "/v1/models/mood"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_fault_of_ours_is_500_with_no_word_of_the_inside(
    failing: Any, log: Log, method: str, path: str
) -> None:
    secret = RuntimeError("the password is swordfish")
    answer = failing(secret).request(method, path, headers={"x-request-id": "find-me"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "find-me" in answer.json()["error"]
    assert answer.headers["x-request-id"] == "find-me"
    assert "swordfish" not in answer.text + str(log.lines())
    fault, line = log.lines()
    assert (fault["request_id"], fault["exception_name"]) == ("find-me", "RuntimeError")
    assert any("test_http_errors.py" in frame for frame in fault["stack_trace"])
    assert (line["status"], line["faults"], line["code"]) == (500, 1, "internal_error")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_passes_is_503_with_the_time_to_ask_again(
    failing: Any, method: str, path: str
) -> None:
    answer = failing(StorageUnavailable("the bucket does not answer")).request(method, path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    said = answer.json()
    told = said["error"]["message"] if path == "/v1/models/mood" else said["error"]
    assert (told, said["code"]) == ("the bucket does not answer", "storage_unavailable")
