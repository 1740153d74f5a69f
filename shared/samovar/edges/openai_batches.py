"""OpenAI's batches over HTTP: a second face of the jobs that are batches.

Source: OpenAI API reference, "Batch". A batch is `batch_<job>`; what it is for is kept in a
tag of its job.
"""

from typing import Any
from urllib.parse import parse_qs

from samovar.edges.inference import Visit
from samovar.edges.job_forms import read_key, read_openai_batch
from samovar.edges.jobs import jobs_of
from samovar.edges.messages import Response, json_response, read_body
from samovar.errors import InvalidInput, JobNotFound
from samovar.job_service import JobService
from samovar.jobs import Job, JobQuery, Source, State
from samovar.rows import OPENAI
from samovar.rows.openai import check_url, model_of
from samovar.submission import Submission

WINDOW = "24h"
_WINDOW_S = 24 * 3600
_ENDPOINT = "openai.endpoint"
_PREFIX = "batch_"
_MOST_PAGES = 10
STATUS = {
    State.QUEUED: "validating",
    State.RUNNING: "in_progress",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "expired",
}
"""A job's state → its batch's status."""


def create_batch(visit: Visit, max_body_bytes: int) -> Response:
    """A batch of a file's requests. Raises InvalidInput, NotFound, IdempotencyMismatch."""
    jobs = jobs_of(visit)
    said = read_openai_batch(read_body(visit.request, max_body_bytes))
    check_url(said.endpoint)
    if said.window != WINDOW:
        raise InvalidInput(f"'completion_window' must be '{WINDOW}', not '{said.window[:40]}'")
    model = model_of(jobs.files.first_line(said.file_id), said.endpoint)
    wanted = Submission(
        model=model,
        source=Source(OPENAI, uri=jobs.files.uri(said.file_id)),
        ttl_s=_WINDOW_S,
        tags={**said.metadata, _ENDPOINT: said.endpoint},
        batch=True,
    )
    return json_response(_form(jobs.submit(wanted, read_key(visit.request.headers))))


def show_batch(visit: Visit) -> Response:
    """A batch as it stands. Raises JobNotFound."""
    return json_response(_form(_batch(visit)))


def cancel_batch(visit: Visit) -> Response:
    """The batch, cancelled. Raises JobConflict where it is over, JobNotFound."""
    return json_response(_form(jobs_of(visit).cancel(_batch(visit).id)))


def list_batches(visit: Visit) -> Response:
    """Batches, the one that changed last first. Raises InvalidInput."""
    said = parse_qs(visit.request.query, keep_blank_values=True)
    limit = said.get("limit", ["20"])[-1]
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:4]) <= 100):
        raise InvalidInput("'limit' must be a whole number from 1 to 100")
    found = _all(jobs_of(visit))
    after = said.get("after", [""])[-1]
    ids = [_PREFIX + job.id for job in found]
    start = ids.index(after) + 1 if after in ids else 0
    page = [_form(job) for job in found[start : start + int(limit)]]
    first, last = (page[at]["id"] if page else None for at in (0, -1))
    return json_response(
        {
            "object": "list",
            "data": page,
            "first_id": first,
            "last_id": last,
            "has_more": start + len(page) < len(found),
        }
    )


def _all(jobs: JobService) -> list[Job]:
    """The batches among the jobs that changed last."""
    found: list[Job] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = jobs.find(JobQuery(limit=100, cursor=cursor, tops=True))
        found += [job for job in page.jobs if _ENDPOINT in job.tags]
        cursor = page.cursor
        if not cursor:
            break
    return found


def _batch(visit: Visit) -> Job:
    name = visit.target.job
    if name.startswith(_PREFIX):
        job = jobs_of(visit).job(name.removeprefix(_PREFIX))
        if _ENDPOINT in job.tags:
            return job
    raise JobNotFound(f"there is no batch '{name[:128]}'")


def _form(job: Job) -> dict[str, Any]:
    """A batch as OpenAI shows it: times in seconds since the epoch."""
    over = job.state is State.SUCCEEDED
    ended = job.finished_ms // 1000 or None
    return {
        "id": _PREFIX + job.id,
        "object": "batch",
        "endpoint": job.tags.get(_ENDPOINT, ""),
        "model": job.model,
        "errors": _errors(job),
        "input_file_id": job.source.uri.rpartition("/")[2],
        "completion_window": WINDOW,
        "status": STATUS[job.state],
        "output_file_id": f"file-{job.id}-output" if over else None,
        "error_file_id": f"file-{job.id}-errors" if over and job.failure_uri else None,
        "created_at": job.created_ms // 1000,
        "in_progress_at": job.started_ms // 1000 or None,
        "expires_at": job.deadline_ms // 1000 or None,
        "completed_at": ended if over else None,
        "failed_at": ended if job.state is State.FAILED else None,
        "expired_at": ended if job.state is State.EXPIRED else None,
        "cancelled_at": ended if job.state is State.CANCELLED else None,
        "request_counts": _counts(job),
        "metadata": {name: value for name, value in job.tags.items() if name != _ENDPOINT},
    }


def _errors(job: Job) -> dict[str, Any] | None:
    if job.failure is None or not job.state.final:
        return None
    said = {"code": job.failure.code, "message": job.failure.message, "param": None, "line": None}
    return {"object": "list", "data": [said]}


def _counts(job: Job) -> dict[str, int]:
    """Requests in all so far, those answered, those that failed: known once they are merged."""
    batch = job.batch
    if batch is None:
        return {"total": 0, "completed": 0, "failed": 0}
    over = job.state is State.SUCCEEDED
    completed = batch.rows - batch.failed if over else 0
    return {"total": batch.rows, "completed": completed, "failed": batch.failed if over else 0}
