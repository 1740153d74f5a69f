"""How much an endpoint may have before it: as much as it drains in time, and no more.

What waits in SQS costs nothing, is still cancelled for nothing, and outlives the endpoint;
what waits in the endpoint's own queue does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

from samovar.jobs import Job, JobQuery, State
from samovar.ports import Clock, JobTable

_PAGE = 100


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """What an endpoint does at once, and for how long it may have work."""

    slots: int = 4  # calls that run at once: instances times their concurrent invocations
    drain_ms: int = 1_800_000
    job_ms: int = 10_000  # that a call runs, where nothing better is known
    most_pages: int = 10  # of running jobs that are counted, 100 each
    look_ms: int = 5_000  # that a count is good for


class Admission:
    """Counts the jobs that the endpoint has.

    A process's own claims count at once, those of others at its next look: so many processes
    let in a little more than one would.
    """

    def __init__(
        self,
        table: JobTable,
        clock: Clock,
        limits: AdmissionLimits = AdmissionLimits(),
        expected_ms: Callable[[Job], int] | None = None,
    ) -> None:
        self._table = table
        self._clock = clock
        self._limits = limits
        self._expected_ms = expected_ms or (lambda _: 0)
        self._load_ms = 0
        self._counted_ms = -limits.look_ms

    @property
    def half_drained_s(self) -> int:
        """When a full endpoint has room again for certain, and work still, in seconds."""
        return max(self._limits.drain_ms // 2000, 1)

    def admits(self, job: Job) -> bool:
        """Whether the endpoint drains this job, too, in time. Raises StorageUnavailable.

        An endpoint that has nothing takes any job, however long it may run.
        """
        if self._now_ms() - self._counted_ms >= self._limits.look_ms:
            self._load_ms = self._count()
            self._counted_ms = self._now_ms()
        after = self._load_ms + self._run_ms(job)
        return not self._load_ms or after <= self._limits.drain_ms * self._limits.slots

    def placed(self, job: Job) -> None:
        """The endpoint has taken the job."""
        self._load_ms += self._run_ms(job)

    def _run_ms(self, job: Job) -> int:
        return self._expected_ms(job) or self._limits.job_ms

    def _count(self) -> int:
        """The time that the endpoint's jobs run for, one after the other."""
        load = 0
        cursor = ""
        for _ in range(self._limits.most_pages):
            page = self._table.find(JobQuery(State.RUNNING, limit=_PAGE, cursor=cursor))
            load += sum(self._run_ms(job) for job in page.jobs if job.output_uri)
            cursor = page.cursor
            if not cursor or load >= self._limits.drain_ms * self._limits.slots:
                break
        return load

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
