"""Rerank at each door: the same answer, the house's errors, and nothing that times out."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.edges.at_once import AtOnce
from samovar.edges.embedders import check_answer, check_time, patient
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.edges.inference import Target, Visit
from samovar.edges.messages import Request, Response
from samovar.edges.observe import Observer
from samovar.errors import PayloadTooLarge
from samovar.lanes import LaneLimits
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse
from tests.gateway_events import answer_body, http_event
from tests.tiny_embedder import write_sense
from tests.tiny_models import write_models

ASKED = {
    "model": "sense",
    "query": "coffee",
    "documents": ["a loan", "a cup of tea", {"text": "water the rose"}],
    "top_n": 2,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sense(write_models(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def sense(folder: Path) -> Service:
    return build_service(Settings(models_dir=folder))


@pytest.fixture
def observer(folder: Path, tmp_path: Path) -> Any:
    with (tmp_path / "log").open("w") as lines:
        yield Observer(Settings(models_dir=folder), SystemClock(), lines)


@pytest.fixture
def client(sense: Service, observer: Observer, folder: Path) -> TestClient:
    return TestClient(build_app(sense, Settings(models_dir=folder), observer))


def test_documents_come_in_the_shape_of_coheres_and_jinas(client: TestClient) -> None:
    answer = client.post("/v1/rerank", json=ASKED, headers={"x-request-id": "mine"}).json()
    first, second = answer.pop("results")
    assert answer == {
        "id": "mine",
        "object": "list",
        "model": "sense",
        "usage": {"prompt_tokens": 10, "total_tokens": 10},
    }
    assert first["index"] == 1
    assert first["relevance_score"] > second["relevance_score"]


def test_the_hot_door_answers_with_the_same_bytes(
    client: TestClient, sense: Service, observer: Observer, folder: Path, context: Any
) -> None:
    door = HotDoor(sense, Settings(models_dir=folder), observer)
    event = http_event("POST", "/v1/rerank", orjson.dumps(ASKED), {"x-request-id": "mine"})
    wide = client.post("/v1/rerank", json=ASKED, headers={"x-request-id": "mine"})
    assert answer_body(door(event, context())) == wide.content


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_body"),
        (b"[]", 400, "malformed_body"),
        (orjson.dumps(ASKED | {"model": ""}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"model": "nobody"}), 404, "model_not_found"),
        (orjson.dumps(ASKED | {"model": "mood"}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"documents": []}), 400, "invalid_input"),
    ],
)
def test_what_is_wrong_is_told_as_the_house_tells_it(
    client: TestClient, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/v1/rerank", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert isinstance(answer.json()["error"], str)


def visit(house: JobHouse, *, with_jobs: bool, sync_ms: float = 25_000) -> Visit:
    rules = AtOnce(LaneLimits(sync_ms=sync_ms), answer_bytes=1000)
    request = Request("POST", "/v1/rerank", {}, b"", "id")
    return Visit(house.service, request, Target("rerank"), house.jobs if with_jobs else None, rules)


def test_what_no_gateway_waits_for_is_refused_with_what_would_fit(
    folder: Path, observer: Observer
) -> None:
    with (folder / "mood" / "model.toml").open("a") as manifest:
        manifest.write("[profile]\nrequest_ms = 10\nkb_ms = 1000\n")
    house = JobHouse(folder, observer)
    spec = house.service.spec("mood")
    for enough in (visit(house, with_jobs=False), visit(house, with_jobs=True, sync_ms=20_000)):
        check_time(enough, spec, 10_240, "documents")
    tight = visit(house, with_jobs=True, sync_ms=1001)
    with pytest.raises(PayloadTooLarge, match=r"10 s, .* 1 s: send about 1024 bytes of them"):
        check_time(tight, spec, 10_240, "documents")


def test_who_turns_out_to_be_too_slow_is_stopped_before_the_gateway_hangs_up(
    folder: Path, observer: Observer
) -> None:
    house = JobHouse(folder, observer)
    payload = Payload(b'{"rows": [{"text": "tea"}]}', "application/json")
    late = patient(visit(house, with_jobs=True, sync_ms=-1), "documents")
    with pytest.raises(PayloadTooLarge, match="these documents take longer than"):
        late("sense", "", payload)
    for enough in (visit(house, with_jobs=True), visit(house, with_jobs=False, sync_ms=-1)):
        assert b"embedding" in patient(enough, "documents")("sense", "", payload).body


def test_an_answer_that_no_function_can_send_says_how_it_could(
    folder: Path, observer: Observer
) -> None:
    house = JobHouse(folder, observer)
    check_answer(visit(house, with_jobs=False), Response(200, b"x" * 5000))
    check_answer(visit(house, with_jobs=True), Response(200, b"x" * 1000))
    with pytest.raises(PayloadTooLarge, match="ask for base64"):
        check_answer(visit(house, with_jobs=True), Response(200, b"x" * 1001))


def test_the_deployments_own_model_ranks_where_none_is_named(client: TestClient) -> None:
    said = {name: value for name, value in ASKED.items() if name != "model"}
    assert client.post("/v1/rerank", json=said).json()["model"] == "sense"
