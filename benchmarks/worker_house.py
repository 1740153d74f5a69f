"""A worker over ports in memory, which may answer as late as those of AWS do."""

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from samovar.adapters.clock import SystemClock
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.threads import Threads
from samovar.job_runs import JobRunner
from samovar.jobs import Delivery, Job, JobQuery, Source, State
from samovar.ports import JobPorts
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_store, open_runner

MODELS = Path(__file__).resolve().parents[1] / "models"
HANDS = Threads(16)
Batch = Sequence[Delivery]


class Late:
    """A port each of whose calls takes a while longer."""

    def __init__(self, port: Any, delay_s: float) -> None:
        self._port, self._delay_s = port, delay_s

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call, delay_s = getattr(self._port, name), self._delay_s

        def late(*arguments: Any) -> Any:
            time.sleep(delay_s)
            return call(*arguments)

        setattr(self, name, late)
        return late


@cache
def host() -> LocalPredictor:
    """The models of this repository, with the threads of a function of one CPU."""
    settings = Settings(models_dir=MODELS, memory_mb=1769)
    return LocalPredictor(build_store(settings), open_runner(settings), SystemClock())


def queue_of(
    model: str, sent: Sequence[Payload], size: int, delay_s: float = 0.0
) -> Callable[[], None]:
    """A worker's work on jobs that wait, in batches of `size`: each call does all of it anew."""

    def work() -> None:
        runner, batches, table = _waiting(model, sent, size, delay_s)
        for batch in batches:
            if runner.run(batch, lambda: 60_000):
                raise RuntimeError("the worker handed messages back")
        _check(table, len(sent))

    return work


def _waiting(
    model: str, sent: Sequence[Payload], size: int, delay_s: float
) -> tuple[JobRunner, list[Batch], MemoryJobTable]:
    table, blobs, clock = MemoryJobTable(), MemoryBlobs(), SystemClock()
    for number, payload in enumerate(sent):
        source = Source(payload.content_type, payload.body)
        table.create(Job(f"job-{number}", model, "1", source, created_ms=1))
    batches = [
        [
            Delivery(f"job-{at}", f"r{at}", f"m{at}")
            for at in range(start, min(start + size, len(sent)))
        ]
        for start in range(0, len(sent), size)
    ]
    ports: list[Any] = [table, MemoryJobQueue(clock), blobs]
    if delay_s:
        ports = [Late(port, delay_s) for port in ports]
        return JobRunner(JobPorts(*ports), host(), clock, hands=HANDS), batches, table
    return JobRunner(JobPorts(*ports), host(), clock), batches, table


def _check(table: MemoryJobTable, count: int) -> None:
    done = table.find(JobQuery(State.SUCCEEDED, limit=count + 1)).jobs
    if len(done) != count:
        raise RuntimeError(f"{count - len(done)} of {count} jobs did not succeed")
