"""A world of jobs in virtual time, in which everything that can go wrong does, by a seed.

The real service and the real worker run over ports in memory. Every call to a port is a
place where the process may die: before the call took effect, or after it, before its answer
came back. The queue delivers at least once, in any order, with duplicates; it hides what is
being worked on and gives it back when nobody deletes it. Clocks of workers are askew.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from samovar.errors import InvalidInput, JobConflict, SamovarError, StorageUnavailable
from samovar.job_runs import JobRunner, RunLimits
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Delivery, Job, JobPage, JobQuery, Source, State, Upload
from samovar.ports import JobPorts
from samovar.submission import JobLimits, Submission
from samovar.types import ModelSpec, Payload

VISIBILITY_MS = 90_000


class Died(BaseException):
    """The process is gone. A BaseException, so that nothing in samovar can catch it."""


@dataclass(slots=True)
class Faults:
    """How likely each trouble is, from 0 to 1."""

    crash: float = 0.0
    throttle: float = 0.0
    duplicate: float = 0.0
    meanwhile: float = 0.0  # that something else happens just before a port call
    skew_ms: int = 0


@dataclass(slots=True)
class Tracer:
    """Counts port calls, and dies at one of them: `die_at` with `before` or after its effect."""

    die_at: int = -1
    before: bool = True
    calls: int = 0
    names: list[str] = field(default_factory=list)

    def around(self, name: str, effect: Callable[[], Any]) -> Any:
        """One call to a port."""
        number, self.calls = self.calls, self.calls + 1
        self.names.append(name)
        if number == self.die_at and self.before:
            raise Died
        result = effect()
        if number == self.die_at:
            raise Died
        return result


class Table:
    """The jobs' table, with a count of the times that each job was ended."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.open: dict[str, Job] = {}
        self.ends: dict[str, int] = {}

    def create(self, job: Job) -> bool:
        if job.id in self.jobs:
            return False
        self.jobs[job.id] = self.open[job.id] = job
        return True

    def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def replace(self, job: Job) -> bool:
        if self.jobs[job.id].revision != job.revision - 1:
            return False
        self.jobs[job.id] = self.open[job.id] = job
        if job.state.final:
            self.ends[job.id] = self.ends.get(job.id, 0) + 1
            del self.open[job.id]
        return True

    def find(self, query: JobQuery) -> JobPage:
        found = (
            job
            for job in self.open.values()
            if job.state is query.state and job.changed_ms < query.older_than_ms
        )
        return JobPage(tuple(job for job, _ in zip(found, range(query.limit), strict=False)))


class Queue:
    """At-least-once delivery: hidden while worked on, back when not deleted, dead after five."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._waiting: list[tuple[int, float, int, str, int]] = []
        self._hidden: dict[str, tuple[int, str, int]] = {}
        self._numbers = iter(range(1 << 62))
        self.dead: list[str] = []

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        for job_id in job_ids:
            copies = 2 if self._world.luck.random() < self._world.faults.duplicate else 1
            for _ in range(copies):
                self._push(self._world.now_ms + delay_s * 1000, job_id, 0)

    def postpone(self, receipt: str, seconds: int) -> None:
        if receipt in self._hidden:
            _, job_id, count = self._hidden.pop(receipt)
            self._push(self._world.now_ms + seconds * 1000, job_id, count)

    def receive(self, most: int) -> list[Delivery]:
        """Up to `most` messages that can be seen, in no order that means anything."""
        found = []
        self._show_again()
        while self._waiting and len(found) < most and self._waiting[0][0] <= self._world.now_ms:
            _, _, number, job_id, count = heapq.heappop(self._waiting)
            receipt = f"{number}/{count + 1}"
            self._hidden[receipt] = (self._world.now_ms + VISIBILITY_MS, job_id, count + 1)
            found.append(Delivery(job_id, receipt, str(number), count + 1))
        return found

    def settle(self, received: Sequence[Delivery], kept: Sequence[Delivery] | None) -> None:
        """The worker's answer: what it kept comes back, the rest is deleted; None: it died."""
        back = received if kept is None else kept
        again = {delivery.receipt for delivery in back}
        for delivery in received:
            hidden = self._hidden.pop(delivery.receipt, None)
            if hidden is None or delivery.receipt not in again:
                continue
            if delivery.receive_count >= self._world.run_limits.max_receives:
                self.dead.append(delivery.job_id)
            else:
                self._push(hidden[0], hidden[1], hidden[2])

    def next_ms(self) -> int | None:
        """When the next message can be seen; None where there is none."""
        seen = [self._waiting[0][0]] if self._waiting else []
        return min(seen + [hidden[0] for hidden in self._hidden.values()], default=None)

    def _show_again(self) -> None:
        """Messages whose worker took too long: it may still be at work on them."""
        now = self._world.now_ms
        for receipt in [key for key, hidden in self._hidden.items() if hidden[0] <= now]:
            _, job_id, count = self._hidden.pop(receipt)
            if count >= self._world.run_limits.max_receives:
                self.dead.append(job_id)
            else:
                self._push(now, job_id, count)

    def _push(self, at_ms: int, job_id: str, count: int) -> None:
        order = self._world.luck.random()
        heapq.heappush(self._waiting, (at_ms, order, next(self._numbers), job_id, count))


class Blobs:
    """Objects by URI."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise InvalidInput("there is no such object")
        return self.objects[uri]

    def put(self, key: str, body: bytes, content_type: str) -> str:
        self.objects[f"s3://world/{key}"] = body
        return f"s3://world/{key}"

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        raise NotImplementedError


class Models:
    """One model, `shout`: a text in capitals; a text that begins with "poison" is refused."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.runs: dict[str, int] = {}

    def spec(self, name: str) -> ModelSpec:
        return ModelSpec(name)

    def versions(self, name: str) -> tuple[str, ...]:
        return ("1",)

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        self._world.now_ms += 5
        return [self._answer(payload) for payload in payloads]

    def _answer(self, payload: Payload) -> Payload | SamovarError:
        self.runs[payload.request_id] = self.runs.get(payload.request_id, 0) + 1
        if payload.body.startswith(b"poison"):
            return InvalidInput("poison")
        return Payload(payload.body.upper(), "text/plain", payload.request_id)


class Port:
    """A port through which a process may die, or be told to come again later."""

    def __init__(self, name: str, inner: Any, world: "World", tracer: Tracer | None) -> None:
        self._name, self._inner, self._world, self._tracer = name, inner, world, tracer

    def __getattr__(self, method: str) -> Callable[..., Any]:
        through = self._through(method)
        setattr(self, method, through)  # found without this function from now on
        return through

    def _through(self, method: str) -> Callable[..., Any]:
        call, world, tracer = getattr(self._inner, method), self._world, self._tracer
        luck, name = world.luck.random, f"{self._name}.{method}"

        def through(*args: Any, **kwargs: Any) -> Any:
            faults = world.faults
            if faults.meanwhile and luck() < faults.meanwhile:
                world.meanwhile()
            if faults.throttle and luck() < faults.throttle:
                raise StorageUnavailable("throttled")
            if faults.crash and luck() < faults.crash:
                if luck() < 0.5:
                    call(*args, **kwargs)
                raise Died
            if tracer is None:
                return call(*args, **kwargs)
            return tracer.around(name, lambda: call(*args, **kwargs))

        return through


class World:
    """Jobs, workers and time. Everything is decided by the seed."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.luck = random.Random(seed)
        self.faults = faults or Faults()
        self.now_ms = 1_000_000_000
        self.run_limits = RunLimits(lease_ms=30_000)
        self.limits = JobLimits(64, orphan_ms=120_000)
        self.table, self.queue, self.blobs = Table(), Queue(self), Blobs()
        self.models = Models(self)
        self.deliveries = 0
        self.wanted: dict[str, bytes] = {}
        self._depth = 0
        self._ids = iter(range(1 << 62))
        self._service = self._new_service(None)
        self._runner = self._new_runner(None)

    def now_ns(self) -> int:
        """This world's time, as a process whose clock is askew sees it."""
        skew = self.faults.skew_ms
        return (self.now_ms + (self.luck.randint(-skew, skew) if skew else 0)) * 1_000_000

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
        return JobRunner(self.ports(tracer), self.models, self, self.run_limits)

    def _new_service(self, tracer: Tracer | None) -> JobService:
        new_id = lambda: f"job-{next(self._ids)}"  # noqa: E731 - a port, not a function of ours
        return JobService(self.models, self.ports(tracer), self, new_id, self.limits)

    def submit(
        self, text: bytes, key: str, *, ttl_s: int = 0, tracer: Tracer | None = None
    ) -> None:
        """A client submits, and submits again with its key until it is told the id."""
        wanted = Submission("shout", Source("text/plain", text), ttl_s=ttl_s)
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

    def sweep(self, tracer: Tracer | None = None) -> None:
        """The sweeper's turn."""
        try:
            JobSweeper(self.ports(tracer), self, self.limits).sweep()
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
            self.work(self.luck.randint(1, 10))
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
        for _ in range(10_000):
            if not self.table.open:
                return
            if not self.work(100):
                waiting = self.queue.next_ms()
                self.now_ms = max(self.now_ms + 60_000, waiting or 0)
                self.sweep()
        left = list(self.table.open.values())
        raise AssertionError(f"{len(left)} jobs never end, such as {left[:3]}")

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
                assert job.failure.code == "invalid_input"
