"""`samovar jobs cancel` and `redrive`: each job moved, or told why it is not."""

from collections.abc import Callable, Sequence

from samovar.errors import SamovarError

from samovar_cli.failures import report
from samovar_cli.jobs.client import Jobs, Seen
from samovar_cli.server import Server
from samovar_cli.terminal import console, one_line


def cancel_jobs(server: Server, ids: Sequence[str]) -> int:
    """Cancel jobs; the exit status, which is that of the first that could not be."""
    return _each(Jobs(server).cancel, ids)


def redrive_jobs(server: Server, ids: Sequence[str]) -> int:
    """Queue failed and expired jobs again; the exit status, as that of `cancel_jobs`."""
    return _each(Jobs(server).redrive, ids)


def _each(move: Callable[[str], Seen], ids: Sequence[str]) -> int:
    status = 0
    for job_id in ids:
        try:
            job = move(job_id)
        except SamovarError as error:
            status = status or report(error)
            continue
        console().print(f"{one_line(job.id)}  {job.state}", soft_wrap=True)
    return status
