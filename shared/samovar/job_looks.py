"""Looking at jobs: a page of those that a client is shown, one until it is over."""

from collections.abc import Callable
from dataclasses import replace

from samovar.jobs import Job, JobPage, JobQuery
from samovar.lanes import SYNC
from samovar.ports import Clock, JobTable

_FIRST_S, _LAST_S, _GROWS = 0.05, 1.0, 1.5  # pauses between two looks at a job
_MOST_PAGES = 10  # that are read to fill one, where some of the jobs are not shown


def shown(table: JobTable, query: JobQuery) -> JobPage:
    """The jobs that are to be seen; calls that were answered at once are none.

    Where many of those stand among the jobs, a page may have fewer than were asked for and
    still a cursor. Raises InvalidInput for a bad cursor.
    """
    found: list[Job] = []
    page = table.find(query)
    for _ in range(_MOST_PAGES):
        found += [job for job in page.jobs if job.lane != SYNC]
        if not page.cursor or len(found) == query.limit:
            break
        page = table.find(replace(query, cursor=page.cursor, limit=query.limit - len(found)))
    else:
        found += [job for job in page.jobs if job.lane != SYNC]
    return JobPage(tuple(found), page.cursor)


def until_over(
    look: Callable[[], Job], seconds: float, clock: Clock, pause: Callable[[float], None]
) -> Job:
    """The job once it is over, or as it stands when so many seconds have passed."""
    until_ns = clock.now_ns() + int(seconds * 1e9)
    pause_s = _FIRST_S
    while True:
        job = look()
        left_s = (until_ns - clock.now_ns()) / 1e9
        if job.state.final or left_s <= 0:
            return job
        pause(min(pause_s, left_s))
        pause_s = min(pause_s * _GROWS, _LAST_S)
