"""Calls under a key over ports that can be counted, and that fail where a test says."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryJobQueue
from samovar.jobs import Job, Source
from samovar.ports import JobPorts
from samovar.submission import Submission, job_id_of
from samovar.sync_calls import SyncCalls
from samovar.types import Payload

WANTED = Submission("mood", Source("text/plain", b"a great day"), "1")
OTHER = Submission("mood", Source("text/plain", b"a poor day"), "1")
BINARY = "application/vnd.sagemaker-triton.binary+json;json-header-size=7"


FIRST = (b"answer 0", BINARY)


class Died(BaseException):
    """The door is gone; a BaseException, so that nothing in samovar can answer for it."""


@dataclass
class Spied:
    """A port that counts its calls, and fails at one of them."""

    inner: Any
    name: str
    bench: "Bench"

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self.inner, method)

        def through(*args: Any, **named: Any) -> Any:
            bench = self.bench
            number, bench.calls = len(bench.calls), [*bench.calls, f"{self.name}.{method}"]
            if number == bench.fail_at and bench.before:
                bench.trouble()
            found = call(*args, **named)
            if number == bench.fail_at and not bench.before:
                bench.trouble()
            return found

        return through


@dataclass
class Bench:
    """Ports, and a door that answers calls over them."""

    table: Any
    blobs: Any
    clock: MemoryClock = field(default_factory=MemoryClock)
    calls: list[str] = field(default_factory=list)
    fail_at: int = -1
    before: bool = True
    failure: BaseException = field(default_factory=Died)
    rival: Callable[[], object] | None = None  # who comes at that place, where nothing fails
    runs: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.queue = MemoryJobQueue(self.clock)
        self.ports = JobPorts(
            Spied(self.table, "table", self), self.queue, Spied(self.blobs, "blobs", self)
        )
        self.door = SyncCalls(self.ports, self.clock)
        self.key = uuid.uuid4().hex

    def trouble(self) -> None:
        """What happens at the place that a test chose."""
        if self.rival is None:
            raise self.failure
        self.rival()

    def run(self) -> Payload:
        """Each run's answer tells which it is."""
        return Payload(b"answer %d" % next(self.runs), BINARY)

    def ask(
        self, wanted: Submission = WANTED, run: Callable[[], Payload] | None = None
    ) -> tuple[bytes, str]:
        found = self.door.answer(wanted, self.key, run or self.run)
        assert found.answer is not None
        return found.answer.body, found.answer.content_type

    @property
    def job(self) -> Job:
        found = self.table.get(job_id_of(self.key))
        assert found is not None
        return found

    def move(self, seconds: float) -> None:
        self.clock.move(int(seconds * 1e9))


def raising(error: BaseException) -> Callable[[], Payload]:
    """A run that ends so."""

    def run() -> Payload:
        raise error

    return run
