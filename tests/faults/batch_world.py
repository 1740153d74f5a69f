"""A world with batches in it, whose workers die at a call to a port, or whenever luck has it.

The real service, worker and sweeper over the ports in memory. A model puts texts in capitals;
it refuses a text that says "poison", and a chunk with "doom" in it as a whole.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.batch_plan import BatchLimits
from samovar.batch_runs import BatchRunner
from samovar.errors import InvalidInput, ModelRunFailed, SamovarError, StorageUnavailable
from samovar.job_runs import JobRunner
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Job, JobQuery, Source
from samovar.ports import JobPorts
from samovar.rows.expansion import answer_rows
from samovar.rows.row import RowLimits
from samovar.statistics import ModelStatistics
from samovar.submission import Submission
from samovar.types import InputSpec, Kind, ModelSpec, Payload

from tests.faults.faulty import Died

LIMITS = BatchLimits(
    chunk_rows=5,
    chunk_bytes=200,
    first_rows=2,
    first_parts=2,
    stretch=3,
    first_wait_ms=5_000,
    looks=3,
    segment=2,
    rows=RowLimits(row_bytes=150),
)
EVEN = replace(LIMITS, chunk_rows=2, chunk_ms=10**9)
"""Chunks of one size, whatever is known of the model's time: what fails whole is the same."""
SPEC = ModelSpec("shout", input=InputSpec(Kind.TEXT))


@dataclass(slots=True)
class Trouble:
    """What may happen at a call: a death at the one numbered `die_at`, or some by luck."""

    die_at: int = -1
    before: bool = True
    crash: float = 0.0
    throttle: float = 0.0
    duplicate: float = 0.0
    meanwhile: float = 0.0  # that a worker sleeps past its lease, and others go on
    away_s: int = 0  # for which the model's files cannot be had
    calls: int = 0


class Through:
    """A port in whose calls a process may die, before they took effect or after."""

    def __init__(self, inner: Any, world: "BatchWorld") -> None:
        self._inner, self._world = inner, world

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._inner, method)

        def through(*args: Any, **named: Any) -> Any:
            trouble, luck = self._world.trouble, self._world.luck.random
            number, trouble.calls = trouble.calls, trouble.calls + 1
            if trouble.meanwhile and luck() < trouble.meanwhile:
                self._world.meanwhile()
            dies = number == trouble.die_at or (trouble.crash and luck() < trouble.crash)
            before = trouble.before if number == trouble.die_at else luck() < 0.5
            if dies and before:
                raise Died
            if trouble.throttle and luck() < trouble.throttle:
                raise StorageUnavailable("throttled")
            result = call(*args, **named)
            if method == "names":
                result = iter(list(result))
            if dies:
                raise Died
            return result

        return through


class Ends(MemoryJobTable):
    """A table that counts how often each job is ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[str, int] = {}

    def replace(self, job: Job) -> bool:
        written = super().replace(job)
        if written and job.state.final:
            self.ends[job.id] = self.ends.get(job.id, 0) + 1
        return written


class Shout:
    """The model, and the store that has it; its files may be away."""

    def __init__(self, is_away: Callable[[], bool] = lambda: False) -> None:
        self._is_away = is_away

    def spec(self, name: str) -> ModelSpec:
        return SPEC

    def versions(self, name: str) -> tuple[str, ...]:
        return ("1",)

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        return {}

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        if self._is_away():
            raise StorageUnavailable("the model's files cannot be read")
        return [self._chunk(payload) for payload in payloads]

    def _chunk(self, payload: Payload) -> Payload | SamovarError:
        if b"doom" in payload.body:
            return ModelRunFailed("doom")
        return answer_rows(payload, SPEC, lambda rows: [self._row(row) for row in rows])

    def _row(self, row: Payload) -> Payload | SamovarError:
        text = json.loads(row.body)["text"]
        if "poison" in text:
            return InvalidInput("poison")
        return Payload(json.dumps({"label": text.upper()}).encode(), "application/json")


class BatchWorld:
    """One deployment. What dies is a worker's invocation; another one follows."""

    def __init__(
        self,
        body: bytes,
        kind: str,
        seed: int = 0,
        trouble: Trouble | None = None,
        limits: BatchLimits = LIMITS,
    ) -> None:
        self.limits = limits
        self.luck = random.Random(seed)
        self.trouble = Trouble()
        self._depth = 0
        self.clock = MemoryClock()
        self._began_ns = self.clock.now_ns()
        self.table = Ends()
        self.queue = MemoryJobQueue(self.clock)
        self.blobs = MemoryBlobs()
        uri = self.blobs.put("uploads/shout/rows", body, "application/octet-stream")
        wanted = Submission(
            "shout", Source(kind, uri=uri), reply_key="results/shout/rows", batch=True
        )
        self.service = JobService(Shout(), self._ports(), self.clock, lambda: "unused")
        self.batch = self.service.submit(wanted, "the batch").id
        self.trouble = trouble or Trouble()

    def _ports(self) -> JobPorts:
        blobs: Any = Through(self.blobs, self)
        table: Any = Through(self.table, self)
        queue: Any = Through(self.queue, self)
        return JobPorts(table, queue, blobs)

    def work(self, left_ms: int = 40_000) -> int:
        """One invocation, by a process of its own; the messages that it had."""
        deliveries = self.queue.receive(6)
        if not deliveries:
            return 0
        self.luck.shuffle(deliveries)
        ports, model = self._ports(), Shout(self._is_away)
        batches = BatchRunner(ports, ports.blobs, model, self.clock, self.limits)  # type: ignore[arg-type]  # both ports
        runner = JobRunner(ports, model, self.clock, batches=batches)  # type: ignore[arg-type]  # all that is used of it
        began = self.clock.now_ns()
        try:
            kept = runner.run(
                deliveries, lambda: left_ms - (self.clock.now_ns() - began) // 1_000_000
            )
        except Died:
            return len(deliveries)
        for delivery in deliveries:
            if delivery not in kept:
                self.queue.delete(delivery.receipt)
            if self.luck.random() < self.trouble.duplicate:
                self.queue.send([delivery.job_id])
        return len(deliveries)

    def _is_away(self) -> bool:
        return self.age_s < self.trouble.away_s

    def meanwhile(self) -> None:
        """What others do while one process sleeps: it has lost its leases when it goes on."""
        if self._depth < 2:
            self._depth += 1
            self.clock.move(self.luck.choice((2_000_000_000, 100_000_000_000)))
            for _ in range(self.luck.randint(1, 4)):
                self.work()
            self._depth -= 1

    def sweep(self) -> None:
        """The sweeper's turn."""
        try:
            JobSweeper(self._ports(), self.clock).sweep()
        except (Died, StorageUnavailable):
            return

    def settle(self, turns: int = 3_000) -> "BatchWorld":
        """Workers and sweeps until the batch is over and nothing waits."""
        for number in range(turns):
            if number > turns // 2:
                self.trouble = replace(self.trouble, crash=0, throttle=0, duplicate=0, meanwhile=0)
            if not self.work():
                if self.job.state.final and not len(self.queue):
                    return self
                self.clock.move(2_000_000_000)
            if number % 20 == 19:
                self.clock.move(30_000_000_000)
                self.sweep()
        raise AssertionError(f"never over: {self.job}")

    @property
    def age_s(self) -> float:
        """How long this world has stood."""
        return (self.clock.now_ns() - self._began_ns) / 1e9

    @property
    def job(self) -> Job:
        """The batch."""
        found = self.table.get(self.batch)
        assert found is not None
        return found

    @property
    def jobs(self) -> list[Job]:
        """The batch and all of its parts."""
        return list(self.table.find(JobQuery(limit=100)).jobs)

    @property
    def results(self) -> dict[str, bytes]:
        """Every object that a client sees: the answers, the errors, what lies beside the upload."""
        prefix = "results/shout/"
        return {key: self.blobs.get(self.blobs.uri(key)) for key in self.blobs.names(prefix)}
