"""How much an endpoint may have before it: as much as it drains in time, and no more.

What waits in SQS costs nothing, is still cancelled for nothing, and outlives the endpoint;
what waits in the endpoint's own queue does not.
"""

from collections.abc import Sequence

from samovar.jobs import Job, JobQuery, State
from samovar.ports import Clock, JobTable
from samovar.values import dataclass

_PAGE = 100
_FEWEST = 5  # ends that say how fast an endpoint is
_LONGEST_MS = 900_000  # that is looked back


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """What an endpoint does at once, and for how long it may have work."""

    slots: int = 4  # calls that run at once: instances times their concurrent invocations
    drain_ms: int = 1_800_000
    job_ms: int = 10_000  # that a call runs, until the endpoint has shown it
    most_pages: int = 10  # of running jobs that are counted, 100 each
    look_ms: int = 5_000  # that a count is good for


_LIMITS = AdmissionLimits()


class Admission:
    """Counts the jobs that the endpoint has, and how fast it ends them.

    A process's own claims count at once, those of others at its next look: so many processes
    let in a little more than one would.
    """

    def __init__(self, table: JobTable, clock: Clock, limits: AdmissionLimits = _LIMITS) -> None:
        self._table = table
        self._clock = clock
        self._limits = limits
        self._running = 0
        self._job_ms = limits.job_ms
        self._looked_ms = -limits.look_ms

    def admits(self) -> bool:
        """Whether the endpoint drains one more job in time. Raises StorageUnavailable.

        An endpoint that has nothing takes any job, however long it may run.
        """
        if self._now_ms() - self._looked_ms >= self._limits.look_ms:
            self._look()
        return not self._running or self._drain_ms(self._running + 1) <= self._limits.drain_ms

    def placed(self) -> None:
        """The endpoint has taken a job."""
        self._running += 1

    @property
    def half_drained_s(self) -> int:
        """When an endpoint that is full has room again, and work still, in seconds."""
        return max(min(self._drain_ms(self._running), self._limits.drain_ms) // 2000, 1)

    def _drain_ms(self, jobs: int) -> int:
        return jobs * self._job_ms // self._limits.slots

    def _look(self) -> None:
        running = self._count()
        self._job_ms = self._measured_ms(running) or self._limits.job_ms
        self._running = len(running)
        self._looked_ms = self._now_ms()

    def _count(self) -> Sequence[Job]:
        """The endpoint's jobs, as many as a few pages hold."""
        found: list[Job] = []
        cursor = ""
        for _ in range(self._limits.most_pages):
            page = self._table.find(JobQuery(State.RUNNING, limit=_PAGE, cursor=cursor))
            found += [job for job in page.jobs if job.output_uri]
            cursor = page.cursor
            if not cursor:
                break
        return found

    def _measured_ms(self, running: Sequence[Job]) -> int:
        """What a job takes one slot; 0 where too few have ended while the endpoint was at work.

        At work it has been since the oldest of its jobs came.
        """
        if len(running) <= self._limits.slots:
            return 0  # not all of it was at work
        now = self._now_ms()
        since = max(min(job.started_ms for job in running), now - _LONGEST_MS)
        page = self._table.find(JobQuery(State.SUCCEEDED, limit=_PAGE))
        ends = [job.finished_ms for job in page.jobs if job.output_uri]
        if len(ends) == _PAGE:
            since = max(since, min(ends))
        done = sum(end > since for end in ends)
        return (now - since) * self._limits.slots // done if done >= _FEWEST else 0

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
