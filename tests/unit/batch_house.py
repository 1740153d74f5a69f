"""Batches in this process: real tiny models, ports held in memory, time that stands still."""

import itertools
import json
from pathlib import Path
from typing import Any

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.adapters.onnx import OnnxRunner
from samovar.batch_plan import BatchLimits
from samovar.batch_runs import BatchRunner
from samovar.job_runs import JobRunner
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Job, JobQuery, Source
from samovar.ports import BlobFiles, JobPorts
from samovar.submission import JobLimits, Submission

SMALL = BatchLimits(chunk_rows=4, first_rows=3, first_parts=2, stretch=3, first_wait_ms=0)


class BatchHouse:
    """A service, a worker and a sweeper over one set of jobs."""

    def __init__(
        self,
        models_dir: Path,
        limits: BatchLimits = SMALL,
        *,
        heavy: bool = False,
        files: BlobFiles | None = None,
    ) -> None:
        self.store = DirectoryStore(models_dir)
        self.host = LocalPredictor(
            self.store, lambda path: OnnxRunner(path, threads=1), SystemClock()
        )
        numbers = itertools.count(1)
        self.clock = MemoryClock()
        self.table, self.queue = MemoryJobTable(), MemoryJobQueue(self.clock)
        self.blobs = MemoryBlobs()
        self.heavy = MemoryJobQueue(self.clock) if heavy else None
        self.events = MemoryJobQueue(self.clock)
        self.loads = MemoryLoadTable()
        ports = JobPorts(
            self.table, self.queue, self.blobs, self.heavy, self.events, loads=self.loads
        )
        told = JobLimits(sinks=("webhook",))
        self.jobs = JobService(self.store, ports, self.clock, lambda: f"job-{next(numbers)}", told)
        batches = BatchRunner(ports, files or self.blobs, self.store, self.clock, limits)
        self.runner = JobRunner(ports, self.host, self.clock, batches=batches)
        self.sweeper = JobSweeper(ports, self.clock)

    def submit(self, model: str, kind: str, body: bytes, **more: Any) -> Job:
        """A file of rows becomes a batch."""
        uri = self.blobs.put("inputs/rows", body, "application/octet-stream")
        wanted = Submission(model, Source(kind, uri=uri), batch=True, **more)
        return self.jobs.submit(wanted)

    def work(self, left_ms: int = 60_000, each_ms: int = 0) -> int:
        """One invocation of the worker; how many messages it had.

        Each look at the time that is left takes `each_ms` of it.
        """
        deliveries = self.queue.receive(32)
        left = itertools.count(left_ms, -each_ms)
        kept = self.runner.run(deliveries, lambda: next(left))
        for delivery in deliveries:
            if delivery not in kept:
                self.queue.delete(delivery.receipt)
        return len(deliveries)

    def settle(self, job_id: str, left_ms: int = 60_000, each_ms: int = 0) -> Job:
        """Work until the batch is over."""
        for _ in range(500):
            self.work(left_ms, each_ms)
            if self.job(job_id).state.final and not len(self.queue):
                return self.job(job_id)
            self.clock.move(1_000_000_000)
        raise AssertionError(f"never over: {self.job(job_id)}")

    def run(self, model: str, kind: str, body: bytes, **more: Any) -> Job:
        """A file of rows, through to its end."""
        return self.settle(self.submit(model, kind, body, **more).id)

    def parts(self, job_id: str) -> list[Job]:
        """A batch's parts."""
        return list(self.jobs.find(JobQuery(parent=job_id, limit=100)).jobs)

    def job(self, job_id: str) -> Job:
        """A job as its table has it."""
        found = self.table.get(job_id)
        assert found is not None
        return found

    def lines(self, uri: str) -> list[dict[str, Any]]:
        """A file of JSON lines."""
        return [json.loads(line) for line in self.blobs.get(uri).splitlines()] if uri else []
