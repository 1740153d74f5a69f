"""A deployment with jobs, in this process: real tiny models, ports held in memory."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.onnx import OnnxRunner
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
        ports = JobPorts(self.table, self.queue, self.blobs, self.heavy if has_heavy else None)
        limits = JobLimits(lanes=LaneLimits(settings.inline_bytes, settings.sync_limit_ms))
        new_id = lambda: f"job-{next(numbers)}"  # noqa: E731 - a port, not a function of ours
        self.jobs = JobService(store, ports, self.clock, new_id, limits, self._pause)
        self.sweeper = JobSweeper(ports, self.clock)
        self.runner = JobRunner(ports, host, self.clock)
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

    def job(self, job_id: str) -> Job:
        """A job as its table has it."""
        found = self.table.get(job_id)
        assert found is not None
        return found


def text_job(**more: Any) -> dict[str, Any]:
    """A submission that works."""
    return {"model": "mood", "input": {"text": "a great day"}, **more}
