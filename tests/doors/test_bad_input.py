"""Wrong requests at both doors: refused with status, code and words, in bounded memory."""

import tracemalloc
import warnings
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.edges.messages import STATUS
from samovar.errors import SamovarError
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.broken_models import BROKEN, write_broken
from tests.conftest import Log
from tests.data.bad_bodies import BadBody, bad_bodies
from tests.data.bad_requests import LIMIT, SIZE, BadRequest, bad_requests
from tests.gateway_events import answer_body, http_event
from tests.kind_models import MODEL_OF, write_all_kinds

REQUESTS = list(bad_requests())
BODIES = list(bad_bodies())


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("models")
    write_all_kinds(folder)
    return Settings(models_dir=write_broken(folder), max_body_bytes=LIMIT)


@pytest.fixture(scope="module")
def service(settings: Settings) -> Service:
    return build_service(settings)


@pytest.fixture(scope="module")
def log(settings: Settings) -> Log:
    return Log(settings)


@pytest.fixture(scope="module")
def hot(service: Service, settings: Settings, log: Log) -> HotDoor:
    return HotDoor(service, settings, log.observer)


@pytest.fixture(scope="module")
def app(service: Service, settings: Settings, log: Log) -> FastAPI:
    return build_app(service, settings, log.observer)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_corpus_is_large_and_its_names_are_all_different() -> None:
    assert len(REQUESTS) >= 150
    assert len({case.name for case in REQUESTS}) == len(REQUESTS)


def _hot(hot: HotDoor, case: BadRequest) -> tuple[int, dict[str, str]]:
    answer = hot(http_event(case.method, case.path, case.body, case.headers), None)
    return answer["statusCode"], orjson.loads(answer_body(answer))


def _check(case: BadRequest, status: int, error: dict[str, str]) -> None:
    assert (status, error["code"]) == (case.status, case.code), error
    assert set(error) == {"error", "code"}
    assert 10 < len(error["error"]) < 600
    for word in case.says:
        assert word in error["error"]
    assert "Traceback" not in error["error"]
    assert "/samovar/" not in error["error"]


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
def test_a_wrong_request_is_refused_at_the_hot_door(hot: HotDoor, case: BadRequest) -> None:
    with warnings.catch_warnings(record=True) as escaped:
        status, error = _hot(hot, case)
    _check(case, status, error)
    assert escaped == []


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
def test_a_wrong_request_is_refused_at_the_wide_door_in_the_same_words(
    hot: HotDoor, client: TestClient, case: BadRequest
) -> None:
    headers = {key: value.encode() for key, value in case.headers.items()}
    answer = client.request(case.method, case.path, content=case.body, headers=headers)
    _check(case, answer.status_code, answer.json())
    assert answer.json() == _hot(hot, case)[1]


def _at_a_door(body: BadBody) -> BadRequest:
    path = f"/v1/models/{MODEL_OF[body.kind]}/predict"
    sent = {"content-type": body.content_type}
    return BadRequest(body.name, path, body.body, body.code, (), sent)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_wrong_body_is_refused_at_both_doors(
    hot: HotDoor, client: TestClient, body: BadBody
) -> None:
    case = _at_a_door(body)
    if len(case.body) > LIMIT:
        case = case._replace(code="payload_too_large")
    _check(case, *_hot(hot, case))
    answer = client.request(case.method, case.path, content=case.body, headers=case.headers)
    _check(case, answer.status_code, answer.json())


@pytest.mark.parametrize("name", BROKEN)
def test_a_model_that_must_be_mended_is_424_at_both_doors(
    hot: HotDoor, client: TestClient, settings: Settings, name: str
) -> None:
    code = BROKEN[name][1]
    for path in (f"/v2/models/{name}/infer", f"/v1/models/{name}/versions/1/predict"):
        case = BadRequest(name, path, b"{}", code)
        status, error = _hot(hot, case)
        assert (status, error["code"]) == (424, code)
        assert str(settings.models_dir) not in error["error"]
        answer = client.post(path, content=b"{}")
        assert (answer.status_code, answer.json()) == (status, error)


@pytest.mark.parametrize(
    "text", [b"", b" ", b"good " * (LIMIT // 5), "ä".encode() * (LIMIT // 2)], ids=len
)
def test_an_empty_text_and_one_of_a_megabyte_are_answered(hot: HotDoor, text: bytes) -> None:
    event = http_event("POST", "/v1/models/mood/predict", text, {"content-type": "text/plain"})
    answer = hot(event, None)
    assert answer["statusCode"] == 200
    assert orjson.loads(answer_body(answer))["label"] in ("good", "bad")


def test_no_wrong_request_is_logged_as_a_fault_of_ours(hot: HotDoor, log: Log) -> None:
    for case in REQUESTS:
        _hot(hot, case)
    assert not [line for line in log.lines() if line["level"] == "ERROR"]


def test_no_word_of_a_wrong_request_is_in_the_log(hot: HotDoor, log: Log) -> None:
    secret = b'{"inputs": [{"name": "hunter2", "datatype": "hunter2", "shape": "hunter2"}]}'
    _hot(hot, BadRequest("", "/v2/models/hunter2/infer", secret, ""))
    _hot(hot, BadRequest("", "/v2/models/affine/infer", secret, "", (), {"x-note": "hunter2"}))
    assert "hunter2" not in str(log.lines())


def test_a_wrong_request_takes_memory_in_proportion_to_the_limit_on_bodies(hot: HotDoor) -> None:
    for case in (*REQUESTS, *map(_at_a_door, BODIES)):
        event = http_event(case.method, case.path, case.body, case.headers)
        tracemalloc.start()
        hot(event, None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40 * LIMIT, case.name


def test_every_code_that_a_door_gives_is_of_the_one_tree() -> None:
    def codes(cls: type[SamovarError]) -> set[str]:
        return {cls.code}.union(*(codes(child) for child in cls.__subclasses__()))

    assert {case.code for case in REQUESTS} <= codes(SamovarError)
    assert SamovarError in STATUS


PATHS = st.sampled_from(
    [
        "/v2/models/affine/infer",
        "/v2/models/sums/infer",
        "/v2/models/echo/infer",
        "/v2/models/mood/infer",
        "/v2/models/gather/versions/1/infer",
        *(f"/v1/models/{name}/predict" for name in (*MODEL_OF.values(), "pair")),
    ]
)
TYPES = ["", "application/json", "text/plain", "text/csv", "image/png", "audio/wav"]
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from([*TYPES, "application/octet-stream", "application/x-npy"]),
        "content-encoding": st.sampled_from(["gzip", "deflate", "identity", "br"]),
        SIZE: st.integers(-2, 60).map(str) | st.text(max_size=4),
        "accept-encoding": st.text(max_size=10),
        "x-request-id": st.text(max_size=10),
    },
)
TENSOR_KEYS = ["name", "shape", "datatype", "data", "parameters", "binary_data_size", "binary_data"]
NAMES = ["inputs", "outputs", "id", "x", "y", "a", "b", "indices", "FP32", "INT64", "BYTES"]
KINDS = ["text", "image", "audio", "bytes", "row", "rows", "rooms", "area"]
WORDS = st.sampled_from([*TENSOR_KEYS, *NAMES, *KINDS])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
TENSOR = st.fixed_dictionaries(
    {"name": WORDS, "datatype": WORDS, "shape": st.lists(st.integers(-1, 4), max_size=3)},
    optional={"data": JSON, "parameters": JSON},
)
INFER = st.fixed_dictionaries({"inputs": st.lists(TENSOR, max_size=3)}, optional={"outputs": JSON})
BODIES_OF_ANY_KIND = st.binary(max_size=200) | (JSON | INFER).map(orjson.dumps)


@given(path=PATHS, headers=HEADERS, body=BODIES_OF_ANY_KIND)
def test_no_request_makes_a_fault(
    hot: HotDoor, path: str, headers: dict[str, str], body: bytes
) -> None:
    answer = hot(http_event("POST", path, body, headers), None)
    assert answer["statusCode"] in (200, 400, 413, 415), answer["body"]


@given(path=PATHS, headers=HEADERS, body=BODIES_OF_ANY_KIND)
def test_no_request_makes_a_fault_at_the_wide_door(
    client: TestClient, path: str, headers: dict[str, Any], body: bytes
) -> None:
    sent = {key: value.encode("utf-8", "replace") for key, value in headers.items()}
    try:
        answer = client.post(path, content=body, headers=sent)
    except ValueError:  # a header that no client can send
        return
    assert answer.status_code in (200, 400, 413, 415), answer.content
