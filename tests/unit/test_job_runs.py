"""A worker keeps what it runs, takes what there is time for, and hands the rest back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.errors import SamovarError, StorageUnavailable
from samovar.job_runs import JobRunner, OneHand, RunLimits
from samovar.jobs import Delivery, Job, JobQuery, Source, State, cancel, claim, is_late
from samovar.ports import JobPorts
from samovar.statistics import ModelStatistics
from samovar.types import Payload, Signature

LIMITS = RunLimits(lease_ms=60_000, reserve_ms=5_000)


class SlowHost:
    """A model that takes its time, during which something may happen."""

    def __init__(self, clock: MemoryClock, each_s: float) -> None:
        self.batches: list[int] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self._clock, self._each_s = clock, each_s
        self._known = ModelStatistics()

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        raise NotImplementedError  # a worker asks for many at once, never for one

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        self.batches.append(len(payloads))
        for _ in payloads:
            self._clock.move(int(self._each_s * 1e9))
            self._known.succeeded(int(self._each_s * 1e9), self._clock.now_ns())
            self.meanwhile()
        return [Payload(payload.body.upper(), "text/plain") for payload in payloads]

    def signature(self, model: str, version: str) -> Signature:
        raise NotImplementedError  # a worker has no use for it

    def statistics(self) -> dict[tuple[str, str], ModelStatistics]:
        return {("shout", "1"): self._known}


class BeatingHand(OneHand):
    """Beats when it is told to."""

    def __init__(self) -> None:
        self.beat: Callable[[], None] = lambda: None
        self.every_s = 0.0

    @contextmanager
    def beating(self, beat: Callable[[], None], every_s: float) -> Iterator[None]:
        self.beat, self.every_s = beat, every_s
        yield
        self.beat = lambda: None


class Counting(MemoryJobTable):
    """Counts writes, and cannot be read or written when it is told so."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.unreadable = ""
        self.busy = False

    def get(self, job_id: str) -> Job | None:
        if job_id == self.unreadable:
            raise StorageUnavailable("this item cannot be read")
        return super().get(job_id)

    def replace(self, job: Job) -> bool:
        self.writes += 1
        written = super().replace(job)
        if self.busy:
            raise StorageUnavailable("no answer came, but it was written")
        return written


class House:
    """A worker and what it works with."""

    def __init__(self, each_s: float = 1.0, jobs: int = 1) -> None:
        self.clock = MemoryClock()
        self.table = Counting()
        self.queue = MemoryJobQueue(self.clock, visibility_s=90)
        self.host = SlowHost(self.clock, each_s)
        self.hand = BeatingHand()
        ports = JobPorts(self.table, self.queue, MemoryBlobs())
        self.runner = JobRunner(ports, self.host, self.clock, LIMITS, self.hand)
        self.ids = [f"job-{number}" for number in range(jobs)]
        for job_id in self.ids:
            self.table.create(Job(job_id, "shout", "1", Source("text/plain", b"a"), 1))
        self.queue.send(self.ids)

    def work(self, seconds: float) -> list[Delivery]:
        """One invocation of so many seconds; what it kept."""
        start = self.clock.now_ns()
        received = self.queue.receive(32)
        spent = lambda: (self.clock.now_ns() - start) // 1_000_000  # noqa: E731 - a port
        return self.runner.run(received, lambda: int(seconds * 1000) - spent())

    def states(self) -> set[State]:
        return {job.state for job in self.table.find(JobQuery(limit=99)).jobs}

    def job(self) -> Job:
        found = self.table.get("job-0")
        assert found is not None
        return found


def test_a_quick_job_is_two_writes() -> None:
    house = House()
    assert house.work(60) == []
    assert house.states() == {State.SUCCEEDED}
    assert house.table.writes == 2


def test_a_long_job_keeps_its_lease_and_its_message_and_ends_over_the_renewed_revision() -> None:
    house = House(each_s=200)
    seen: list[tuple[bool, int]] = []

    def beats() -> None:
        house.clock.move(-200 * 10**9)
        for _ in range(9):
            house.clock.move(20 * 10**9)
            house.hand.beat()
            now_ms = house.clock.now_ns() // 1_000_000
            seen.append(
                (house.job().lease_until_ms >= now_ms + 60_000, len(house.queue.receive(9)))
            )
        house.clock.move(20 * 10**9)

    house.host.meanwhile = beats
    assert house.work(800) == []
    assert house.hand.every_s == 20
    assert seen == [(True, 0)] * 9
    assert house.states() == {State.SUCCEEDED}
    assert house.job().attempt == 1


def test_a_job_that_is_cancelled_while_it_runs_is_renewed_no_more() -> None:
    house = House(jobs=2)

    def cancelled() -> None:
        job = house.job()
        if not job.state.final:
            house.table.replace(cancel(job, job.changed_ms + 1))
        house.hand.beat()

    house.host.meanwhile = cancelled
    assert house.work(60) == []
    assert house.states() == {State.CANCELLED, State.SUCCEEDED}
    renewals = house.table.writes - 2 - 1 - 2  # two claims, the cancel, two tries to end
    assert renewals == 3  # one refused for the cancelled job, two for the other


def test_a_renewal_whose_answer_was_lost_does_not_cost_the_job_its_end() -> None:
    house = House()

    def unanswered() -> None:
        house.table.busy = True
        house.hand.beat()
        house.table.busy = False

    house.host.meanwhile = unanswered
    assert house.work(60) == []
    assert house.states() == {State.SUCCEEDED}
    assert house.job().attempt == 1


def test_a_batch_is_cut_to_the_time_that_is_left() -> None:
    house = House(each_s=2, jobs=20)
    house.host.predict_many("shout", "1", [Payload(b"", "")] * 2)  # it is known to take 2 s
    house.host.batches.clear()
    kept = house.work(25)
    assert house.host.batches == [10]
    assert len(kept) == 10
    assert {delivery.receive_count for delivery in house.queue.receive(32)} == {2}, "hidden"


def test_a_job_that_is_longer_than_an_invocation_is_tried_all_the_same() -> None:
    house = House(each_s=100, jobs=3)
    house.host.predict_many("shout", "1", [Payload(b"", "")])
    assert len(house.work(60)) == 2


def test_an_item_that_cannot_be_read_keeps_its_own_message_alone() -> None:
    house = House(jobs=3)
    house.table.unreadable = "job-1"
    assert [delivery.job_id for delivery in house.work(60)] == ["job-1"]
    assert house.host.batches == [2]


@pytest.mark.parametrize("late_s", [0, 30])
def test_a_job_that_grew_late_while_others_ran_is_not_run(late_s: int) -> None:
    house = House(each_s=31, jobs=0)
    now_ms = house.clock.now_ns() // 1_000_000
    for number, (model, ttl_ms) in enumerate((("a", 0), ("shout", late_s * 1000))):
        job = Job(f"job-{number}", model, "1", Source("text/plain", b"a"), now_ms)
        house.table.create(replace(job, deadline_ms=now_ms + ttl_ms if ttl_ms else 0))
        house.queue.send([job.id])
    house.work(100)
    late = house.table.get("job-1")
    assert late is not None
    assert late.state is (State.EXPIRED if late_s else State.SUCCEEDED)
    assert len(house.host.batches) == (1 if late_s else 2)
    assert is_late(late, house.clock.now_ns() // 1_000_000) == bool(late_s)


@pytest.mark.parametrize(("receives", "seen_after_s"), [(1, 5), (2, 22)])
def test_a_job_in_other_hands_is_looked_at_soon_and_then_when_its_lease_has_run_out(
    receives: int, seen_after_s: int
) -> None:
    house = House()
    now_ms = house.clock.now_ns() // 1_000_000
    house.table.replace(claim(house.job(), now_ms, 60_000))
    for _ in range(receives):
        house.clock.move(20 * 10**9 if receives > 1 else 0)
        assert len(house.work(60)) == 1
    house.clock.move((seen_after_s - 2) * 10**9)
    assert house.queue.receive(1) == []
    house.clock.move(2 * 10**9)
    assert len(house.queue.receive(1)) == 1
