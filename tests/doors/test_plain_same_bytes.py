"""The plain door answers with the bytes of the deployed ones, whatever it is asked."""

import asyncio
import struct
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samovar.edges.hot import HotDoor
from samovar.edges.plain import PlainDoor
from samovar.serve import plain_app
from samovar.service import Service
from samovar.settings import Settings
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.conftest import Handler
from tests.doors.test_http_errors import ROUTES
from tests.doors.test_http_same_bytes import CASES, ID, PROTOCOL, Case, Seen, infer, seen
from tests.gateway_events import http_event

QUIET = {"accept-encoding": "", "accept": "*/*", "user-agent": "", "connection": ""}
EXTRA = {
    "the server": "/v2",
    "the server, a slash": "/v2/",
    "metadata": "/v2/models/affine",
    "metadata of a version": "/v2/models/affine/versions/2",
    "metadata, escaped": "/v2/models/%61ffine/",
    "a model that is not there": "/v2/models/nobody",
    "ready": "/v2/models/affine/ready",
    "the configuration": "/v2/models/echo/config",
    "the models": "/v1/models",
    "a version": "/v1/models/mood/versions/1",
    "an example": "/v1/models/mood/examples/0",
    "no example": "/v1/models/mood/examples/99",
    "a job": "/v1/jobs/0123",
    "files": "/v1/files",
    "nothing": "/v3",
    "nothing, escaped": "/v1/models/a%2Fb/versions/%ff/nothing",
}


@contextmanager
def warm(door: PlainDoor) -> Iterator[TestClient]:
    with TestClient(door, follow_redirects=False) as client:
        while client.get("/v2/health/ready").status_code != 200:
            pass
        yield client


@pytest.fixture
def batching(settings: Settings) -> Iterator[TestClient]:
    """A client of one whose requests share runs."""
    with warm(plain_app(settings, batch_delay_ms=1)) as client:
        yield client


@pytest.fixture
def plain(service: Service, settings: Settings, log: Log) -> Iterator[TestClient]:
    """A client of the plain door, which is warm."""
    door = PlainDoor(service, settings, log.observer, lambda: None)
    with warm(door) as client:
        yield client


def asked(client: TestClient, case: Case) -> Seen:
    """What a client sees, as it came over the wire."""
    sent = {**QUIET, **ID, "host": "api.example", **case.headers}
    with client.stream(case.method, case.path, content=case.body, headers=sent) as reply:
        body = b"".join(reply.iter_raw())
    headers = {name: reply.headers[name] for name in PROTOCOL if name in reply.headers}
    return Seen(reply.status_code, body, headers)


def event(case: Case) -> Any:
    return http_event(case.method, case.path, case.body, {**ID, **case.headers})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_the_hot_door_answers(
    case: Case, hot: HotDoor, plain: TestClient, context: Any
) -> None:
    expected = seen(hot(event(case), context()))
    assert expected.status == case.status
    # Twice: the first request of a kind is answered by a thread, the second one by the loop.
    assert [asked(plain, case) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_the_hot_door_answers_in_shared_runs(
    case: Case, hot: HotDoor, batching: TestClient, context: Any
) -> None:
    expected = seen(hot(event(case), context()))
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: asked(batching, case), range(3))) == [expected] * 3


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT"])
@pytest.mark.parametrize("path", [*ROUTES, *EXTRA.values()])
def test_what_the_wide_door_answers(
    path: str, method: str, wide: Handler, plain: TestClient
) -> None:
    case = Case(path, b"", method=method)
    expected = seen(wide(event(case), None))
    got = asked(plain, case)
    if "stats" in path:  # a 405 is in the hot door's words, which knows no HEAD
        assert got.status == expected.status
    elif path.endswith(("/infer", "/predict")) and got.status == 405:
        assert got.headers["allow"] == expected.headers["allow"] == "POST"
    else:
        body = b"" if method == "HEAD" else expected.body
        assert got == Seen(expected.status, body, expected.headers)


@pytest.fixture(scope="module")
def both(models_dir: Any) -> tuple[HotDoor, PlainDoor]:
    """The two doors over one service, without a client between."""
    from samovar.wiring import build_service

    settings = Settings(models_dir=models_dir, memory_mb=1769)
    service, log = build_service(settings), Log(settings)
    door = PlainDoor(service, settings, log.observer, lambda: None)
    door._life.refusal = None
    return HotDoor(service, settings, log.observer), door


NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.integers(-(2**31), 2**31)
ROWS = st.lists(st.lists(NUMBERS, min_size=3, max_size=3), max_size=5)
JUNK = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def tensor(rows: list[list[float]], binary: bool) -> tuple[bytes, Mapping[str, str]]:
    shape, flat = [len(rows), 3], [float(number) for row in rows for number in row]
    if not binary:
        return infer("x", "FP32", shape, flat), {}
    size = {"parameters": {"binary_data_size": 4 * len(flat)}}
    head = {"inputs": [{"name": "x", "datatype": "FP32", "shape": shape, **size}]}
    written = orjson.dumps({**head, "parameters": {"binary_data_output": True}})
    return written + struct.pack(f"<{len(flat)}f", *flat), {
        "inference-header-content-length": str(len(written))
    }


def in_process(door: PlainDoor, case: Case) -> Seen:
    """What the door sends for one request, in a loop of its own."""
    headers = {**ID, **case.headers, "content-length": str(len(case.body))}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": case.method, "path": case.path, "headers": raw}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": case.body}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door(scope, receive, send))
    said = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    kept = {name: said[name] for name in PROTOCOL if name in said}
    return Seen(sent[0]["status"], sent[1]["body"], kept)


@given(rows=ROWS, binary=st.booleans())
@hypothesis_settings(suppress_health_check=list(HealthCheck))
def test_any_tensor_is_answered_alike(rows: Any, binary: bool, both: Any, context: Any) -> None:
    body, headers = tensor(rows, binary)
    same(Case("/v2/models/affine/infer", body, headers), both, context)


@given(junk=JUNK, path=st.sampled_from(["/v2/models/affine/infer", "/v1/models/price/predict"]))
@hypothesis_settings(suppress_health_check=list(HealthCheck))
def test_any_json_is_answered_alike(junk: Any, path: str, both: Any, context: Any) -> None:
    for body in (orjson.dumps(junk), orjson.dumps({"inputs": junk}), orjson.dumps({"row": junk})):
        same(Case(path, body, {"content-type": "application/json"}), both, context)


@given(text=st.text(max_size=40))
@hypothesis_settings(suppress_health_check=list(HealthCheck))
def test_any_text_is_answered_alike(text: str, both: Any, context: Any) -> None:
    sent = {"content-type": "text/plain"}
    same(Case("/v1/models/mood/predict", text.encode(), sent), both, context)


def same(case: Case, both: tuple[HotDoor, PlainDoor], context: Any) -> None:
    hot, door = both
    assert in_process(door, case) == seen(hot(event(case), context()))
