"""A service whose jobs' ends are told, over memory ports; a sink that answers as it is told to."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from samovar import jobs
from samovar.adapters.memory import MemoryClock, MemoryStore
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.errors import SamovarError
from samovar.job_delivery import Deliverer
from samovar.job_events import Answer, Event
from samovar.job_runs import OneHand
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Failure, Job, Source
from samovar.ports import JobPorts
from samovar.submission import JobLimits, Submission

HOOK = "https://hooks.example.com/told?token=secret"
MINUTE_NS = 60 * 10**9


class Ear:
    """A sink. `answers` are given one after the other, the last one for ever."""

    def __init__(self, *answers: Answer | SamovarError) -> None:
        self.answers = list(answers) or [Answer()]
        self.heard: list[Event] = []

    def tell(self, event: Event) -> Answer:
        """The next answer."""
        self.heard.append(event)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SamovarError):
            raise answer
        return answer

    @property
    def ids(self) -> list[str]:
        """Of what it heard."""
        return [event.id for event in self.heard]


class CountedTable(MemoryJobTable):
    """A table that counts its writes."""

    writes = 0

    def create(self, job: Job) -> bool:
        """Counted."""
        self.writes += 1
        return super().create(job)

    def replace(self, job: Job) -> bool:
        """Counted."""
        self.writes += 1
        return super().replace(job)


class Kept:
    """What outlives a process."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.table = CountedTable()
        self.queue = MemoryJobQueue(self.clock)
        self.events = MemoryJobQueue(self.clock, max_receives=1000)
        self.blobs = MemoryBlobs()


class ToldHouse:
    """Jobs, who ends them, and who tells of it. Each port is as `through` makes it."""

    def __init__(
        self,
        ears: dict[str, Ear] | None = None,
        through: Callable[[str, Any], Any] = lambda name, port: port,
        kept: Kept | None = None,
    ) -> None:
        self.ears = {"webhook": Ear()} if ears is None else ears
        self.kept = kept or Kept()
        self.clock, self.table = self.kept.clock, self.kept.table
        self.queue, self.events, self.blobs = self.kept.queue, self.kept.events, self.kept.blobs
        store = MemoryStore({"mood/1/model.onnx": b""}, Path())
        self.ports = JobPorts(
            through("table", self.table),
            through("queue", self.queue),
            through("blobs", self.blobs),
            events=through("events", self.events),
        )
        numbers = itertools.count(1)
        limits = JobLimits(sinks=tuple(self.ears))
        self.jobs = JobService(store, self.ports, self.clock, lambda: f"j{next(numbers)}", limits)
        self.sweeper = JobSweeper(self.ports, self.clock, limits)
        sinks = {name: through(name, ear) for name, ear in self.ears.items()}
        self.deliverer = Deliverer(self.ports, sinks, self.clock, OneHand())

    @property
    def now_ms(self) -> int:
        return self.clock.now_ns() // 1_000_000

    def submit(self, **more: Any) -> Job:
        """A job that wants to be told of at HOOK."""
        said = {"source": Source("text/plain", b"hello"), "webhook": HOOK, **more}
        return self.jobs.submit(Submission("mood", **said))

    def job(self, job_id: str) -> Job:
        """As the table has it."""
        found = self.table.get(job_id)
        assert found is not None
        return found

    def fail(self, job_id: str) -> Job:
        """The job claimed and failed, its delivery not asked for: the worker died there."""
        mine = jobs.claim(self.job(job_id), self.now_ms, 60_000)
        assert self.table.replace(mine)
        ended = jobs.fail(mine, mine.attempt, self.now_ms, Failure("model_fault", "broken"))
        assert self.table.replace(ended)
        return ended

    def deliver(self) -> int:
        """Handle the messages that can be seen. How many there were."""
        received = self.events.receive(100)
        kept = self.deliverer.run(received, lambda: 60_000)
        for delivery in received:
            if delivery not in kept:
                self.events.delete(delivery.receipt)
        return len(received)

    def pass_time(self, seconds: float, *, sweep: bool = True) -> None:
        """Minute by minute, with what each minute brings."""
        for _ in range(max(1, int(seconds // 60))):
            self.clock.move(min(int(seconds * 1e9), MINUTE_NS))
            self.deliver()
            if sweep:
                self.sweeper.sweep()
                self.deliver()
