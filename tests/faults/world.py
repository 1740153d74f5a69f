"""A world of jobs in virtual time, in which everything that can go wrong does, by a seed.

The real service and the real worker run over ports in memory. Every call to a port is a
place where the process may die: before the call took effect, or after it, before its answer
came back. The queue delivers at least once, in any order, with duplicates; it hides what is
being worked on and gives it back when nobody deletes it. Clocks of workers are askew.
"""

import random
from collections.abc import Sequence

from samovar.errors import JobConflict, StorageUnavailable
from samovar.job_runs import JobRunner, RunLimits
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Delivery, Source, State
from samovar.ports import JobPorts
from samovar.submission import JobLimits, Submission

from tests.faults.faulty import BeatingHand, Blobs, Died, Faults, Models, Port, Queue, Table, Tracer

PASSING = frozenset(
    {"storage_unavailable", "worker_died", "endpoint_failed", "endpoint_unavailable"}
)
"""What a job may fail with after as many tries as it has."""


class World:
    """Jobs, workers and time. Everything is decided by the seed."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.luck = random.Random(seed)
        self.faults = faults or Faults()
        self.now_ms = 1_000_000_000
        self.run_limits = RunLimits(lease_ms=30_000)
        self.limits = JobLimits(64, orphan_ms=120_000)
        self.table, self.queue, self.blobs = Table(), Queue(self, 5), Blobs()
        self.models = Models(self)
        self.hand = BeatingHand()
        self.deliveries = 0
        self.wanted: dict[str, bytes] = {}
        self._depth = 0
        self._ids = iter(range(1 << 62))
        self._service = self._new_service(None)
        self._runner = self._new_runner(None)

    def now_ns(self) -> int:
        """This world's time, as a process whose clock is askew sees it."""
        skew = self.faults.skew_ms
        askew = int((2 * self.luck.random() - 1) * skew) if skew else 0
        return (self.now_ms + askew) * 1_000_000

    def perf_ns(self) -> int:
        return self.now_ms * 1_000_000

    def ports(self, tracer: Tracer | None = None) -> JobPorts:
        """The ports as one process sees them."""
        named = (("table", self.table), ("queue", self.queue), ("blobs", self.blobs))
        table, queue, blobs = (Port(name, inner, self, tracer) for name, inner in named)
        return JobPorts(table, queue, blobs)

    def service(self, tracer: Tracer | None = None) -> JobService:
        """A process with the service in it; it keeps nothing between calls."""
        return self._service if tracer is None else self._new_service(tracer)

    def _new_runner(self, tracer: Tracer | None) -> JobRunner:
        return JobRunner(self.ports(tracer), self.models, self, self.run_limits, self.hand)

    def _new_service(self, tracer: Tracer | None) -> JobService:
        new_id = lambda: f"job-{next(self._ids)}"  # noqa: E731 - a port, not a function of ours
        return JobService(self.models, self.ports(tracer), self, new_id, self.limits)

    def submit(
        self,
        text: bytes,
        key: str,
        *,
        ttl_s: int = 0,
        model: str = "shout",
        tracer: Tracer | None = None,
    ) -> None:
        """A client submits, and submits again with its key until it is told the id."""
        wanted = Submission(model, Source("text/plain", text), ttl_s=ttl_s)
        for _ in range(100):
            try:
                job = self.service(tracer).submit(wanted, key)
            except (Died, StorageUnavailable):
                tracer = None
                self.now_ms += 1000
            else:
                self.wanted[job.id] = text
                return
        raise AssertionError("the client gave up")

    def turn(self, most: int = 10) -> int:
        """What everybody does who has something to do. How many messages there were."""
        return self.work(most)

    def work(self, most: int = 10, tracer: Tracer | None = None) -> int:
        """A worker takes a batch and answers, or dies. The number of messages it got."""
        received = self.queue.receive(most)
        if not received:
            return 0
        self.deliveries += len(received)
        runner = self._runner if tracer is None else self._new_runner(tracer)
        kept: Sequence[Delivery] | None
        try:
            kept = runner.run(received, lambda: 20_000)
        except Died:
            kept = None
        self.queue.settle(received, kept)
        return len(received)

    def sweeper(self, tracer: Tracer | None = None) -> JobSweeper:
        """A process with the sweeper in it."""
        return JobSweeper(self.ports(tracer), self, self.limits)

    def sweep(self, tracer: Tracer | None = None) -> None:
        """The sweeper's turn."""
        try:
            self.sweeper(tracer).sweep()
        except (Died, StorageUnavailable):
            return

    def meanwhile(self) -> None:
        """What others do between two calls of one process: it may be late when it goes on."""
        if self._depth >= 3:
            return
        self._depth += 1
        kind = self.luck.random()
        if kind < 0.4:
            self.now_ms += self.luck.choice((1_000, 35_000, 100_000))
        if kind < 0.8:
            self.turn(self.luck.randint(1, 10))
        elif kind < 0.9 and self.table.open:
            self._cancel(self.luck.choice(list(self.table.open)[:50]))
        else:
            self.sweep()
        self._depth -= 1

    def _cancel(self, job_id: str) -> None:
        try:
            self.service().cancel(job_id)
        except (Died, StorageUnavailable, JobConflict):
            return

    def settle_down(self) -> None:
        """No more trouble, and time to finish: workers and sweeps until nothing waits."""
        self.faults = Faults()
        for _ in range(3_000):
            if not self.table.open:
                return
            if not self.turn(100):
                self.now_ms = max(self.now_ms + 60_000, self.next_ms() or 0)
                self.sweep()
        left = list(self.table.open.values())
        raise AssertionError(f"{len(left)} jobs never end, such as {left[:3]}")

    def next_ms(self) -> int | None:
        """When something can next be done; None where nothing waits."""
        return self.queue.next_ms()

    def check(self) -> None:
        """Nothing lost, nothing done twice, every answer the right one."""
        assert len(self.table.jobs) == len(self.wanted), "a key has made two jobs"
        for job_id, text in self.wanted.items():
            job = self.table.jobs[job_id]
            assert job.state.final, job
            assert self.table.ends[job_id] == 1, job
            if job.state is State.SUCCEEDED:
                assert self.blobs.objects[job.result_uri] == text.upper()
            elif job.state is State.FAILED and text.startswith(b"poison"):
                assert job.failure is not None
                assert job.failure.code in {"invalid_input", *PASSING}
            elif job.state is State.FAILED:
                assert job.failure is not None
                assert job.failure.code in PASSING
