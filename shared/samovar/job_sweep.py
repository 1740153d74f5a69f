"""What nobody is at work on any more: jobs without a message, without a worker, without time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from samovar import jobs
from samovar.errors import JobConflict
from samovar.heavy_look import LostNotices
from samovar.job_delivery import announce
from samovar.job_events import asked_again
from samovar.jobs import Job, JobQuery, State
from samovar.lanes import HEAVY, SYNC
from samovar.ports import Clock, JobPorts
from samovar.submission import JobLimits

_LIMITS = JobLimits()
_LOOKED = 10  # jobs for each that may be touched: a sweep has an end
_LONGEST_MS = 4 * 3_600_000


class JobSweeper:
    """Looks, now and then, at jobs that have not changed for long."""

    def __init__(
        self,
        ports: JobPorts,
        clock: Clock,
        limits: JobLimits = _LIMITS,
        notices: LostNotices | None = None,  # None: this deployment has no endpoint
    ) -> None:
        self._table = ports.table
        self._ports = ports
        self._clock = clock
        self._limits = limits
        self._notices = notices

    def sweep(self, most: int = 1000) -> int:
        """Send jobs that lost their message or their worker again, and end the late ones.

        How many were touched, `most` at most. A job whose message merely waits in a long queue
        looks the same as one that lost it; so each that is sent again is marked as changed and
        left alone for as long again, and a message too many costs its worker one read. Jobs of
        the heavy lane may wait for hours; they are sent again at longer and longer intervals.
        """
        now = self._now_ms()
        touched = self._look(now) + self._ask_again(now, most)
        for state in (State.RUNNING, State.QUEUED):
            for job in islice(self._still(state, now - self._limits.orphan_ms), most * _LOOKED):
                if touched >= most:
                    return touched
                touched += self._rescue(job, now)
        return touched

    def _look(self, now: int) -> int:
        """Jobs that the endpoint has had for long, ended by what lies in the bucket."""
        if self._notices is None:
            return 0
        running = self._still(State.RUNNING, now - self._limits.look_ms)
        return self._notices.look([job for job in running if job.output_uri])

    def _ask_again(self, now: int, most: int) -> int:
        """Ended jobs whose events should have been told by now: their delivery asked for again.

        Each is marked first, and left alone for as long again.
        """
        if self._ports.events is None:
            return 0
        late = self._pages(JobQuery(limit=100, owed_ms=now - self._limits.untold_ms))
        marked = [moved for job in islice(late, most) if (moved := self._mark(job, now))]
        self._ports.events.send([job.id for job in marked])
        return len(marked)

    def _mark(self, job: Job, now: int) -> Job | None:
        moved = asked_again(job, now)
        return moved if self._table.replace(moved) else None

    def _still(self, state: State, since_ms: int) -> Iterator[Job]:
        """Jobs of a state that have not changed since."""
        return self._pages(JobQuery(state, limit=100, older_than_ms=since_ms))

    def _pages(self, query: JobQuery) -> Iterator[Job]:
        """What a query finds, page by page."""
        while True:
            page = self._table.find(query)
            yield from page.jobs
            if not page.cursor:
                return
            query = replace(query, cursor=page.cursor)

    def _rescue(self, job: Job, now: int) -> int:
        if job.state is State.RUNNING and job.lease_until_ms > now:
            return 0
        if job.state is State.RUNNING and job.output_uri and self._notices is not None:
            return 0  # looked at above
        try:
            late = jobs.is_late(job, now)
            if job.lane == SYNC and not late:
                return 0  # nobody but its own client comes back for it
            if not (late or _is_due(job, now)):
                return 0
            moved = jobs.expire(job, now) if late else jobs.touch(job, now)
        except JobConflict:
            return 0
        if not self._table.replace(moved):
            return 0  # somebody is at work on it after all
        if not late:
            self._ports.queue_of(job).send([job.id])
        announce(moved, self._ports)
        return 1

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _is_due(job: Job, now: int) -> bool:
    """Whether it is time to send a job again.

    What waits for room before the endpoint keeps its message for long, and each one that is
    sent beside it would wait as well: so it is sent again after 15, 30, 60… minutes.
    """
    if job.state is not State.QUEUED or job.lane != HEAVY:
        return True
    return now - job.changed_ms >= min(job.changed_ms - job.created_ms, _LONGEST_MS)
