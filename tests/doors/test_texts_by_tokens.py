"""Texts that there is no time for: from an endpoint, as a job, or refused with what would fit."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from samovar.serve import plain_app
from samovar.settings import Settings
from samovar.types import Payload
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import JobHouse
from tests.tiny_generation import write_babble

CHAT = "/v1/chat/completions"
LONG = {"model": "babble", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 100}
SHORT = LONG | {"max_tokens": 9}


class Far:
    """An endpoint that says its own name."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def predict(self, model: str, _version: str, payload: Payload) -> Payload:
        *_, last = said = [json.loads(piece) for piece in self.stream(model, "", payload)]
        text = "".join(piece.get("text", "") for piece in said)
        return Payload(json.dumps({"text": text, **last}).encode(), "application/json")

    def stream(self, model: str, _v: str, payload: Payload) -> Generator[bytes, None, None]:
        self.asked.append((model, json.loads(payload.body)["max_tokens"]))
        yield b'{"text":"from afar"}'
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        yield json.dumps({"finish_reason": "stop", "usage": usage}).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`babble`, of whose tokens each takes a second."""
    manifest = write_babble(tmp_path) / "babble" / "model.toml"
    told = "\n[profile]\nrequest_ms = 9000\nprefill_ms = 10\ndecode_ms = 1000\n"
    manifest.write_text('lane = "auto"\n' + manifest.read_text() + told)
    return tmp_path


def house(folder: Path, log: Log, **settings: Any) -> JobHouse:
    return JobHouse(folder, log.observer, Settings(models_dir=folder, memory_mb=1769, **settings))


def test_a_text_that_takes_too_long_is_refused_with_what_would_fit(folder: Path, log: Log) -> None:
    client = TestClient(house(folder, log).app)
    assert client.post(CHAT, json=SHORT).json()["usage"]["completion_tokens"] == 9
    for asked in (LONG, LONG | {"stream": True}):
        answer = client.post(CHAT, json=asked)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "too_many_tokens")
        assert error["type"] == "invalid_request_error"
        assert "ask for 24 (max_tokens) at most" in error["message"]
        assert "Prefer: respond-async" in error["message"]
    assert client.post(CHAT, json=LONG | {"max_tokens": 24}).status_code == 200


def test_it_becomes_a_job_for_who_would_rather_have_one(folder: Path, log: Log) -> None:
    jobs = house(folder, log)
    client = TestClient(jobs.app)
    answer = client.post(CHAT, json=LONG, headers={"prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    jobs.work()
    result = client.get(answer.json()["links"]["result"]).json()
    assert result["usage"]["completion_tokens"] == 100


def test_a_function_that_streams_has_more_time(folder: Path, log: Log) -> None:
    client = TestClient(house(folder, log, stream_limit_s=300).app)
    assert client.post(CHAT, json=LONG).status_code == 400
    assert client.post(CHAT, json=LONG | {"stream": True}).status_code == 200


def test_it_comes_from_the_endpoint_where_there_is_one(folder: Path, log: Log) -> None:
    jobs, far = house(folder, log), Far()
    jobs.service.far = far
    client = TestClient(jobs.app)
    said = client.post(CHAT, json=LONG).json()
    assert said["choices"][0]["message"]["content"] == "from afar"
    assert said["usage"]["total_tokens"] == 3
    streamed = client.post(CHAT, json=LONG | {"stream": True}).text
    assert "from afar" in streamed
    assert streamed.endswith("data: [DONE]\n\n")
    near = client.post(CHAT, json=SHORT).json()
    assert near["choices"][0]["message"]["content"] != "from afar"
    assert far.asked == [("babble", 100)] * 2


def test_all_that_a_heavy_model_says_comes_from_there(folder: Path, log: Log) -> None:
    manifest = folder / "babble" / "model.toml"
    manifest.write_text(manifest.read_text().replace('lane = "auto"', 'lane = "heavy"'))
    jobs = house(folder, log, heavy_queue_url="https://queue/heavy")
    client = TestClient(jobs.app)
    assert client.post(CHAT, json=SHORT).json()["error"]["code"] == "heavy_lane"
    jobs.service.far = Far()
    said = client.post(CHAT, json=SHORT).json()
    assert said["choices"][0]["message"]["content"] == "from afar"


def test_a_server_lets_its_clients_wait(folder: Path) -> None:
    settings = Settings(models_dir=folder, memory_mb=1769)
    with TestClient(plain_app(settings)) as client:
        assert client.post(CHAT, json=LONG).json()["usage"]["completion_tokens"] == 100


@pytest.mark.parametrize(("most", "lane", "reason"), [(9, "light", "cost"), (90, "heavy", "time")])
def test_jobs_take_the_lane_of_their_tokens(
    folder: Path, log: Log, most: int, lane: str, reason: str
) -> None:
    jobs = house(folder, log, heavy_queue_url="https://queue/heavy")
    client = TestClient(jobs.app)
    prompt = {"prompt": "hello", "max_tokens": most}
    made = client.post("/v1/jobs", json={"model": "babble", "input": prompt}).json()
    found = client.get(f"/v1/jobs/{made['id']}").json()
    assert (found["lane"], found["lane_reason"]) == (lane, reason)


def test_predict_becomes_a_job_by_its_tokens(folder: Path, log: Log) -> None:
    client = TestClient(house(folder, log).app)
    at = "/v1/models/babble/predict"
    assert client.post(at, json={"prompt": "hello", "max_tokens": 9}).status_code == 200
    assert client.post(at, json={"prompt": "hello", "max_tokens": 100}).status_code == 202
