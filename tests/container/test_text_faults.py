"""Texts in trouble: clients hang up, time runs out, the end comes, a graph fails."""

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from samovar.edges.batcher import Batcher
from samovar.edges.sagemaker import SageMakerDoor
from samovar.edges.texts import Texts
from samovar.settings import Settings

from tests.conftest import Log
from tests.container.conftest import ATTRIBUTES
from tests.container.served_texts import Endless, Served, asked, events, eventually

ON = {"prompt": "on and on", "stream": True}
Serve = Callable[..., tuple[Served, Endless]]


@pytest.fixture
def serve(log: Log) -> Iterator[Serve]:
    """A container over a model that never ends: `serve(in_flight=…)`."""
    running: list[Served] = []

    def begin(**settings: int) -> tuple[Served, Endless]:
        host, own = Endless(), Settings(**settings)  # type: ignore[arg-type]  # names of its fields
        texts = Texts(host, own)
        batcher = Batcher(host, lambda _name, _version: 1)  # type: ignore[arg-type]  # never asked
        running.append(Served(SageMakerDoor(host, batcher, texts, own, log.observer)))
        return running[-1], host

    yield begin
    for served in running:
        served.close()


def test_clients_that_hang_up_end_the_work_that_runs_for_them(serve: Serve) -> None:
    served, host = serve()
    for _ in range(3):
        with served.client.stream("POST", "/invocations", **asked(ON)) as answer:
            said = answer.iter_text()  # the stream ends with it
            assert next(said).startswith("data: ")
            assert host.at_work == 1
        eventually(lambda: host.at_work == 0)
    plain = threading.Thread(target=lambda: hung_up(served))
    plain.start()
    eventually(lambda: host.began == 4)
    plain.join()
    eventually(lambda: host.at_work == 0)
    assert served.runs()["active"] == 0


def hung_up(served: Served) -> None:
    """A plain call of a client that waits for a tenth of a second."""
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"http://127.0.0.1:{served.port}/invocations",
            timeout=0.1,
            **asked({"prompt": "on and on"}),
        )


def test_a_plain_call_whose_time_is_out_is_refused_and_ended(serve: Serve) -> None:
    served, host = serve()
    answer = served.invoke({"prompt": "on"}, "", **{ATTRIBUTES: "model=babble,timeout_ms=60"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    eventually(lambda: host.at_work == 0)


def test_a_call_whose_deadline_has_passed_is_not_begun(serve: Serve) -> None:
    served, host = serve()
    answer = served.invoke(ON, "", **{ATTRIBUTES: "model=babble,deadline_ms=1"})
    assert (answer.status_code, answer.json()["code"]) == (410, "deadline_exceeded")
    assert host.began == 0


def test_a_call_whose_deadline_passes_meanwhile_is_over_for_good(serve: Serve) -> None:
    served, host = serve()
    soon_ms = int(time.time() * 1000) + 150
    named = {ATTRIBUTES: f"model=babble,deadline_ms={soon_ms}"}
    answer = served.invoke({"prompt": "on"}, "", **named)
    assert (answer.status_code, answer.json()["code"]) == (410, "deadline_exceeded")
    eventually(lambda: host.at_work == 0)


def test_an_error_after_the_first_piece_is_the_last_event(serve: Serve) -> None:
    served, _ = serve()
    answer = served.invoke({"prompt": "break", "stream": True})
    assert answer.status_code == 200
    assert events(answer.text) == [
        {"text": "word "},
        {"error": "the graph failed", "code": "model_run_failed"},
    ]
    said = events(served.invoke({"model": "babble", "prompt": "break", "stream": True}).text)
    assert said[-1]["error"]["code"] == "model_run_failed"


def test_a_stream_ends_with_an_error_when_its_time_is_over(serve: Serve) -> None:
    served, host = serve(stream_timeout_s=1)
    found = events(served.invoke(ON).text)
    assert len(found) > 10
    assert found[-1]["code"] == "unavailable"
    assert host.at_work == 0


def test_more_streams_than_are_taken_are_refused_until_one_ends(serve: Serve) -> None:
    served, host = serve(in_flight=2)
    with (
        served.client.stream("POST", "/invocations", **asked(ON)) as one,
        served.client.stream("POST", "/invocations", **asked(ON)) as other,
    ):
        said = [one.iter_text(), other.iter_text()]  # a stream ends with whoever reads it
        assert [next(text)[:5] for text in said] == ["data:"] * 2
        refused = served.invoke(ON)
        assert (refused.status_code, refused.json()["code"]) == (429, "overloaded")
        assert refused.headers["retry-after"] == "1"
    eventually(lambda: host.at_work == 0)
    eventually(lambda: served.invoke({"prompt": "quick", "stream": True}).status_code == 200)


def test_streams_are_told_when_the_container_ends(serve: Serve) -> None:
    served, host = serve()
    with served.client.stream("POST", "/invocations", **asked(ON)) as answer:
        text = answer.iter_text()
        said = next(text)
        door = served.door
        ending = threading.Thread(target=lambda: drained(door))
        ending.start()
        said += "".join(text)
        ending.join()
    assert events(said)[-1] == {
        "error": "it was given up: its client has gone, or the server ends; send it again",
        "code": "unavailable",
    }
    assert host.at_work == 0


def drained(door: SageMakerDoor) -> None:
    import asyncio

    asyncio.run(door.drain(2.1))
