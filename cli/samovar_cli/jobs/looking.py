"""`samovar jobs list`, `show` and `result`."""

from pathlib import Path

import orjson
import typer

from samovar_cli.jobs.client import Jobs
from samovar_cli.jobs.views import job_page, jobs_table, show_result
from samovar_cli.server import Server
from samovar_cli.terminal import console, write_json


def list_jobs(server: Server, state: str, model: str, most: int, *, as_json: bool) -> None:
    """Show the newest jobs."""
    found = Jobs(server).find(state, model, most)
    if as_json:
        write_json(orjson.dumps([dict(job.document) for job in found]))
    elif found:
        console().print(jobs_table(found))
    else:
        console().print("No job is there.", style="dim")


def show_job(server: Server, job_id: str, *, as_json: bool) -> None:
    """Show one job."""
    job = Jobs(server).job(job_id)
    if as_json:
        write_json(orjson.dumps(dict(job.document)))
    else:
        console().print(job_page(job))


def fetch_result(
    server: Server, job_id: str, output: Path | None, *, as_json: bool, errors: bool = False
) -> None:
    """Show the answer of a job, or write it to a file as it is. Raises JobConflict.

    With `errors`, the rows of a batch that failed in its place.
    """
    jobs = Jobs(server)
    answer = jobs.errors(job_id) if errors else jobs.result(job_id)
    if output is None:
        show_result(answer, job_id, as_json=as_json)
        return
    try:
        output.write_bytes(answer.body)
    except OSError as error:
        message = f"{output} cannot be written: {error.strerror}"
        raise typer.BadParameter(message, param_hint="--output") from None
