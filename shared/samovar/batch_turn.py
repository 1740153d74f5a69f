"""One worker's turn at a batch: the job as it was last written, and the time there is."""

from collections.abc import Callable
from dataclasses import replace

from samovar import jobs
from samovar.batch import Batch
from samovar.errors import JobConflict
from samovar.jobs import Job
from samovar.ports import Clock, JobTable

_MARGIN_MS = 30_000  # that a lease outlasts the invocation which took it


class Turn:
    """What a worker holds while it works on a batch. Every write is over its own last one."""

    def __init__(
        self, job: Job, table: JobTable, clock: Clock, time_left_ms: Callable[[], int]
    ) -> None:
        self.job = job
        self._table = table
        self._clock = clock
        self._time_left_ms = time_left_ms

    @property
    def batch(self) -> Batch:
        """How far the batch had come when that was last written."""
        return self.job.batch or Batch()

    def begin(self) -> None:
        """Claim the batch for as long as this invocation may last, and a little more.

        `started_ms` stays that of the first turn. Raises JobConflict.
        """
        mine = jobs.claim(self.job, self.now_ms(), self._lease_ms())
        self.write(replace(mine, started_ms=self.job.started_ms or mine.started_ms))

    def save(self, batch: Batch, lease_ms: int = -1) -> None:
        """Write down how far the batch has come. Raises JobConflict where the fence was lost.

        What went wrong before has passed. The lease is a turn's, or so long from now.
        """
        lease_ms = self._lease_ms() if lease_ms < 0 else lease_ms
        job = replace(self.job, batch=batch, failure=None, faults=0)
        self.write(jobs.renew(job, job.attempt, self.now_ms(), lease_ms))

    def write(self, moved: Job) -> None:
        """Write a transition of the job. Raises JobConflict where it has moved on."""
        if not self._table.replace(moved):
            raise JobConflict(f"job {moved.id} has moved on")
        self.job = moved

    def left_ms(self) -> int:
        """What is left of the invocation."""
        return self._time_left_ms()

    def now_ms(self) -> int:
        """Wall time, milliseconds since the epoch."""
        return self._clock.now_ns() // 1_000_000

    def _lease_ms(self) -> int:
        return max(self._time_left_ms(), 0) + _MARGIN_MS
