"""Texts of `samovar serve`: all reach the scheduler at once, and none is said for nobody."""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.edges.plain import PlainDoor
from samovar.serve import plain_app
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload

from tests.conftest import Log
from tests.container.served_texts import Endless, Served, eventually
from tests.tiny_generation import write_babble

PREDICT = "/v1/models/babble/predict"
CHAT = "/v1/chat/completions"
HELLO = {"model": "babble", "messages": [{"role": "user", "content": "hello"}]}
MANY = 12  # far more than this machine has processors
Serve = Callable[..., Served]


class Meeting(Endless):
    """A host whose calls go on once all of them are there."""

    def __init__(self) -> None:
        super().__init__()
        self.met = threading.Barrier(MANY)

    def predict(self, _model: str, _version: str, payload: Payload) -> Payload:
        self.met.wait(20)
        return Payload(b'{"text":"met"}', "application/json")

    def stream(self, _m: str, _version: str, payload: Payload) -> Generator[bytes, None, None]:
        self.met.wait(20)
        yield b'{"finish_reason":"stop","usage":{}}'


@pytest.fixture
def serve(tmp_path: Path, log: Log) -> Iterator[Serve]:
    """A server over a host: `serve(host)`; over the model itself without one."""
    running: list[Served] = []
    folder = write_babble(tmp_path)

    def begin(host: Any = None) -> Served:
        settings = Settings(models_dir=folder, memory_mb=1769, preload=("babble",))
        if host is None:
            door = plain_app(settings, observer=log.observer)
        else:
            service = Service(DirectoryStore(folder), host)
            door = PlainDoor(service, settings, log.observer, lambda: None)
        running.append(Served(door, "/v2/health/ready"))
        return running[-1]

    yield begin
    for served in running:
        served.close()


def test_predicts_of_a_generating_model_run_all_at_once(serve: Serve) -> None:
    served = serve(Meeting())
    with ThreadPoolExecutor(MANY) as pool:
        answers = pool.map(lambda _: served.client.post(PREDICT, json={"prompt": "x"}), range(MANY))
        assert [answer.status_code for answer in answers] == [200] * MANY


def test_they_say_what_each_says_alone(serve: Serve) -> None:
    client = serve().client
    bodies = [{"prompt": str(at), "max_tokens": 8 + at, "logprobs": 1} for at in range(6)]

    def said(body: dict[str, Any]) -> Any:
        answer = client.post(PREDICT, json=body).json()
        return {name: answer[name] for name in ("text", "logprobs", "usage")}

    alone = [said(body) for body in bodies]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(said, bodies)) == alone


@pytest.mark.parametrize(("path", "body"), [(PREDICT, {"prompt": "on"}), (CHAT, HELLO)])
def test_who_hangs_up_ends_what_runs_for_it(serve: Serve, path: str, body: Any, log: Log) -> None:
    host = Endless()
    served = serve(host)
    with pytest.raises(httpx.ReadTimeout):
        served.client.post(path, json=body, timeout=0.2)
    eventually(lambda: host.began == 1 and host.at_work == 0)
    eventually(lambda: any(line.get("status") == 499 for line in log.lines()))
    streamed = served.client.stream("POST", CHAT, json=HELLO | {"stream": True})
    with streamed as answer:
        text = answer.iter_text()
        next(text)
        assert host.at_work == 1
    eventually(lambda: host.at_work == 0)
