"""What dynamic batching promises: shared runs, own errors, no run for what nobody waits for."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.batcher import Batcher
from samovar.errors import InvalidInput, ModelNotFound, SamovarError, Unavailable
from samovar.statistics import ModelStatistics
from samovar.types import Payload, Signature

FAR = time.monotonic() + 1e6


class Echo:
    """A host that answers with what it is sent, once `open` is set; `boom` is a fault of ours."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.runs: list[list[bytes]] = []

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        return payload

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        self.open.wait(30)
        if model == "gone":
            raise ModelNotFound("gone")
        bodies = [payload.body for payload in payloads]
        self.runs.append(bodies)
        if b"boom" in bodies:
            raise RuntimeError("boom")
        return [InvalidInput("bad") if p.body == b"bad" else p for p in payloads]

    def signature(self, model: str, version: str) -> Signature:
        return Signature((), ())

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        return {}


@pytest.fixture
def host() -> Echo:
    return Echo()


@pytest.fixture
def batcher(host: Echo) -> Iterator[Batcher]:
    """Batches of at most four."""
    made = Batcher(host, lambda _model, _version: 4, delay_s=0.0)
    yield made
    host.open.set()
    made.close()


def send(batcher: Batcher, *bodies: bytes, model: str = "m") -> list["Future[Payload]"]:
    return [batcher.submit(model, "", Payload(body), FAR) for body in bodies]


def outcome(done: "Future[Payload]") -> bytes | str:
    error = done.exception(10)
    return type(error).__name__ if error else done.result().body


def test_what_waits_while_a_run_goes_on_runs_together(host: Echo, batcher: Batcher) -> None:
    (first,) = send(batcher, b"0")
    while not first.running():
        pass
    rest = send(batcher, *(str(i).encode() for i in range(1, 7)))
    host.open.set()
    assert [outcome(done) for done in (first, *rest)] == [str(i).encode() for i in range(7)]
    assert [len(run) for run in host.runs] == [1, 4, 2]
    counts = batcher.counts["m", ""]
    assert (counts.requests, counts.batches, counts.largest) == (7, 3, 4)


def test_models_do_not_share_a_run(host: Echo, batcher: Batcher) -> None:
    (gate,) = send(batcher, b"gate")
    while not gate.running():
        pass
    mixed = [*send(batcher, b"a"), *send(batcher, b"b", model="n"), *send(batcher, b"c")]
    host.open.set()
    assert [outcome(done) for done in mixed] == [b"a", b"b", b"c"]
    assert host.runs[1:] == [[b"a", b"c"], [b"b"]]


def test_a_fault_of_ours_fails_only_the_request_that_brings_it_about(
    host: Echo, batcher: Batcher
) -> None:
    (gate,) = send(batcher, b"gate")
    while not gate.running():
        pass
    dones = send(batcher, b"a", b"boom", b"bad", b"b")
    host.open.set()
    assert [outcome(done) for done in dones] == [b"a", "RuntimeError", "InvalidInput", b"b"]
    assert outcome(*send(batcher, b"after")) == b"after"


def test_an_error_of_the_model_is_every_requests(host: Echo, batcher: Batcher) -> None:
    host.open.set()
    dones = send(batcher, b"a", b"b", model="gone")
    assert [outcome(done) for done in dones] == ["ModelNotFound", "ModelNotFound"]


def test_what_is_past_its_deadline_or_given_up_is_not_run(host: Echo, batcher: Batcher) -> None:
    (gate,) = send(batcher, b"gate")
    while not gate.running():
        pass
    late = batcher.submit("m", "", Payload(b"late"), time.monotonic() - 1)
    given_up, wanted = send(batcher, b"given up", b"wanted")
    assert given_up.cancel()
    host.open.set()
    assert (outcome(late), outcome(wanted)) == ("Unavailable", b"wanted")
    assert host.runs == [[b"gate"], [b"wanted"]]


def test_an_ending_batcher_runs_what_waits_and_takes_no_more(host: Echo, batcher: Batcher) -> None:
    dones = send(batcher, b"a", b"b")
    batcher.close()
    with pytest.raises(Unavailable):
        send(batcher, b"late")
    host.open.set()
    assert [outcome(done) for done in dones] == [b"a", b"b"]


def test_a_batch_size_that_cannot_be_told_costs_nobody_an_answer() -> None:
    host = Echo()
    host.open.set()

    def unknown(_model: str, _version: str) -> int:
        raise ModelNotFound("gone meanwhile")

    batcher = Batcher(host, unknown, delay_s=0.0)
    assert [outcome(done) for done in send(batcher, b"a", b"b")] == [b"a", b"b"]
    batcher.close()


@given(st.lists(st.sampled_from([b"a", b"b", b"bad", b"boom"]), max_size=30))
def test_every_request_gets_its_own_answer(bodies: list[bytes]) -> None:
    host = Echo()
    batcher = Batcher(host, lambda _model, _version: 8, delay_s=0.0)
    dones = send(batcher, *bodies)
    host.open.set()
    wanted = {b"bad": "InvalidInput", b"boom": "RuntimeError"}
    assert [outcome(done) for done in dones] == [wanted.get(body, body) for body in bodies]
    batcher.close()
