"""Jobs seen again and again until they are over."""

import time
from collections.abc import Callable, Iterable, Iterator

from samovar.errors import SamovarError

from samovar_cli.jobs.client import Jobs, Seen

_FIRST_S, _LAST_S, _GROWS = 0.1, 2.0, 1.3
_PATIENCE = 30  # passing faults in a row


def follow(
    jobs: Jobs, ids: Iterable[str], sleep: Callable[[float], None] = time.sleep
) -> Iterator[Seen]:
    """Each job whenever it is seen in another state than before, or a batch further than before;
    ends when all are final.

    Raises JobNotFound, and CommandFailed where the server no longer answers.
    """
    last: dict[str, Seen] = {}
    waiting = list(dict.fromkeys(ids))
    pause_s, faults = _FIRST_S, 0
    while waiting:
        for job_id in waiting:
            try:
                now = jobs.job(job_id)
            except SamovarError as error:
                faults += 1
                if not error.retryable or faults > _PATIENCE:
                    raise
                continue
            faults = 0
            before, last[job_id] = last.get(job_id), now
            if before is None or _moved(before, now):
                yield now
        waiting = [
            job_id for job_id in waiting if not (job_id in last and last[job_id].state.final)
        ]
        if waiting:
            sleep(pause_s)
            pause_s = min(pause_s * _GROWS, _LAST_S)


def _moved(before: Seen, now: Seen) -> bool:
    """Whether there is something new to tell. A batch is claimed for each look at its parts."""
    if now.batch and before.state is now.state:
        return before.batch != now.batch
    return (before.state, before.attempt) != (now.state, now.attempt)
