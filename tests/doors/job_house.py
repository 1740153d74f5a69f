"""A deployment with jobs, in this process: real tiny models, ports held in memory."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.adapters.onnx import OnnxRunner
from samovar.batch_runs import BatchRunner
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.job_runs import JobRunner
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Job
from samovar.lanes import LaneLimits
from samovar.ports import JobPorts
from samovar.service import Service
from samovar.settings import Settings
from samovar.submission import JobLimits

from tests.conftest import Log
from tests.gateway_events import http_event


class JobHouse:
    """Both doors over one service and one set of jobs, and the worker that runs them."""

    def __init__(
        self, models_dir: Path, observer: Observer, settings: Settings | None = None
    ) -> None:
        store = DirectoryStore(models_dir)
        host = LocalPredictor(store, lambda path: OnnxRunner(path, threads=1), SystemClock())
        numbers = itertools.count(1)
        settings = settings or Settings(models_dir=models_dir)
        self.meanwhile: Callable[[], object] = lambda: None  # while a door waits for a job
        self.clock = MemoryClock()
        self.table = MemoryJobTable()
        self.queue = MemoryJobQueue(self.clock)
        self.blobs = MemoryBlobs()
        self.heavy = MemoryJobQueue(self.clock)
        has_heavy = bool(settings.heavy_queue_url)
        heavy = self.heavy if has_heavy else None
        self.events = events = MemoryJobQueue(self.clock)
        self.loads = MemoryLoadTable()
        ports = JobPorts(
            self.table,
            self.queue,
            self.blobs,
            heavy,
            events,
            links=self.blobs,
            streams=self.blobs,
            loads=self.loads,
            routed=observer.routed,
        )
        lanes = LaneLimits(settings.inline_bytes, settings.sync_limit_ms)
        limits = JobLimits(lanes=lanes, sinks=("webhook",))
        new_id = lambda: f"job-{next(numbers)}"  # noqa: E731 - a port, not a function of ours
        self.jobs = JobService(store, ports, self.clock, new_id, limits, self._pause)
        self.ports = ports
        self.sweeper = JobSweeper(ports, self.clock)
        batches = BatchRunner(ports, self.blobs, store, self.clock)
        self.runner = JobRunner(ports, host, self.clock, batches=batches)
        self.host = host
        self.service = service = Service(store, host)
        self.app: FastAPI = build_app(service, settings, observer, self.jobs)
        self.hot = HotDoor(service, settings, observer, self.jobs)

    def work(self) -> None:
        """Run what is queued, as the worker does."""
        deliveries = self.queue.receive()
        kept = self.runner.run(deliveries, lambda: 60_000)
        for delivery in deliveries:
            if delivery not in kept:
                self.queue.delete(delivery.receipt)

    def _pause(self, seconds: float) -> None:
        self.meanwhile()
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.move(int(seconds * 1e9))

    @property
    def now_ms(self) -> int:
        """The time, as jobs have it."""
        return self.clock.now_ns() // 1_000_000

    def job(self, job_id: str) -> Job:
        """A job as its table has it."""
        found = self.table.get(job_id)
        assert found is not None
        return found


def text_job(**more: Any) -> dict[str, Any]:
    """A submission that works."""
    return {"model": "mood", "input": {"text": "a great day"}, **more}


def change(folder: Path, text: str, model: str = "mood") -> None:
    """More at the top of a manifest, and a table at its end."""
    path = folder / model / "model.toml"
    head, _, table = text.partition("[")
    path.write_text(f"{head}\n{path.read_text()}\n{'[' + table if table else ''}")


def house_of(folder: Path, log: Log, **more: Any) -> JobHouse:
    """A deployment over a folder of models, with settings of its own."""
    return JobHouse(folder, log.observer, Settings(models_dir=folder, **more))


PREDICT = "/v1/models/mood/predict"
TEXT = {"content-type": "text/plain"}
HEAVY_URL = "https://queue/heavy"


def ask(
    house: JobHouse, body: bytes = b"a great day", headers: Mapping[str, str] = TEXT
) -> dict[str, Any]:
    return house.hot(http_event("POST", PREDICT, body, headers), None)
