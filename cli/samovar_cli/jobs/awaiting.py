"""A request that became a job by itself, followed to its answer."""

from samovar.error_codes import error_of
from samovar.errors import CommandFailed, SamovarError

from samovar_cli.jobs.client import Jobs, Seen
from samovar_cli.jobs.following import follow
from samovar_cli.server import Answer, Server
from samovar_cli.terminal import console, one_line, progress


def awaited(server: Server, job_id: str) -> Answer:
    """The answer of a job once it is over, with its state for whoever watches.

    Raises the job's own error where it failed, CommandFailed where it ended without one.
    """
    jobs = Jobs(server)
    said = f"the answer takes its time: job {one_line(job_id)}"
    console(stderr=True).print(said, style="dim", soft_wrap=True)
    with progress() as bars:
        task = bars.add_task("", total=None)
        for job in follow(jobs, [job_id]):
            bars.update(task, description=f"{one_line(job.model)} {job.state}")
    if job.went_wrong:
        raise why(job)
    return jobs.result(job_id)


def why(job: Seen) -> SamovarError:
    """What a job that has no result is told as: its own error, where it has one."""
    if job.code:
        return error_of(job.code, job.message)
    return CommandFailed(f"job {job.id} is {job.state}")
