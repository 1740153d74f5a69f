"""Jobs over HTTP: submit, look, list, fetch the result, cancel, upload. Knows no framework."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

from samovar.edges.inference import Visit, answer_form
from samovar.edges.job_answers import accepted, job_form, later
from samovar.edges.job_forms import read_key, read_submission, read_upload
from samovar.edges.job_query import read_query
from samovar.edges.messages import Response, json_response, read_body
from samovar.edges.once import once
from samovar.edges.prefer import read_preference
from samovar.errors import JobNotFound, JobsNotConfigured, PayloadTooLarge
from samovar.job_service import JobService
from samovar.jobs import JobPage, JobQuery
from samovar.types import Payload

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def submit_job(visit: Visit, max_body_bytes: int) -> Response:
    """202 with where the job is found. Raises InvalidInput, NotFound, IdempotencyMismatch.

    A client that would wait for so long (`Prefer: wait=N`) is sent on to a result in time.
    """
    jobs = jobs_of(visit)
    body = read_body(visit.request, max_body_bytes)
    key = read_key(visit.request.headers)
    prefer = read_preference(visit.request.headers)
    return later(jobs, jobs.submit(read_submission(body, jobs.upload_uri), key), prefer)


def list_jobs(visit: Visit) -> Response:
    """A page of jobs, newest first; `links.next` where there are more. Raises InvalidInput."""
    jobs = jobs_of(visit)
    query = read_query(visit.request.query)
    page = jobs.find(query)
    return json_response(
        {
            "jobs": [job_form(job) for job in page.jobs],
            "cursor": page.cursor,
            "links": _next(query, page),
        }
    )


def show_job(visit: Visit) -> Response:
    """One job as it stands. Raises JobNotFound."""
    return json_response(job_form(jobs_of(visit).job(_job_id(visit))))


def job_result(visit: Visit) -> Response:
    """What predict or infer would have answered, byte by byte. Raises JobConflict, JobNotFound.

    307 to the object itself, for as long as an hour, where it is too large to be sent from here.
    """
    jobs, job_id = jobs_of(visit), _job_id(visit)
    return sent(visit, lambda: jobs.result(job_id), lambda: jobs.result_link(job_id))


def batch_errors(visit: Visit) -> Response:
    """The errors of a batch's rows, a line each; 307 as for a result. Raises as that does."""
    jobs, job_id = jobs_of(visit), _job_id(visit)
    return sent(visit, lambda: jobs.errors(job_id), lambda: jobs.errors_link(job_id))


def sent(visit: Visit, read: Callable[[], Payload], link: Callable[[], str]) -> Response:
    """What was read; or 307 to it, for as long as an hour, where it is too large for that."""
    try:
        found = answer_form(visit, read())
    except PayloadTooLarge:
        found = None
    if found:
        return found
    url = link()
    answer = json_response({"links": {"result": url}})
    return Response(307, answer.body, headers={"location": url})


def cancel_job(visit: Visit) -> Response:
    """The job, cancelled. Raises JobConflict where it is final, JobNotFound."""
    return json_response(job_form(jobs_of(visit).cancel(_job_id(visit))))


def redrive_job(visit: Visit) -> Response:
    """202: a failed or expired job, queued again. Raises JobConflict, JobNotFound."""
    jobs, job_id = jobs_of(visit), _job_id(visit)
    return once(visit, jobs, b"", lambda: accepted(jobs.redrive(job_id)))


def make_upload(visit: Visit, max_body_bytes: int) -> Response:
    """A form with which a client puts one file where a job finds it. Raises InvalidInput."""
    jobs = jobs_of(visit)
    body = read_body(visit.request, max_body_bytes)
    content_type, size = read_upload(body)

    def make() -> Response:
        made = jobs.upload(content_type, size)
        return json_response({"upload_id": made.id, "url": made.url, "fields": dict(made.fields)})

    return once(visit, jobs, body, make)


def _next(query: JobQuery, page: JobPage) -> dict[str, str]:
    if not page.cursor:
        return {}
    said = {
        "state": query.state or "",
        "model": query.model,
        "limit": str(query.limit),
        "cursor": page.cursor,
    }
    return {"next": f"/v1/jobs?{urlencode({k: v for k, v in said.items() if v})}"}


def jobs_of(visit: Visit) -> JobService:
    """What answers for jobs. Raises JobsNotConfigured."""
    if visit.jobs is None:
        raise JobsNotConfigured(
            "there are no jobs here: `samovar up` runs them on one machine, and a deployment needs "
            "SAMOVAR_JOBS_TABLE, SAMOVAR_JOBS_QUEUE_URL and SAMOVAR_DATA_BUCKET"
        )
    return visit.jobs


def _job_id(visit: Visit) -> str:
    """The id in the path; what cannot be one is not asked for."""
    found = visit.target.job
    if not _JOB_ID.fullmatch(found):
        raise JobNotFound(f"there is no job '{found[:128]}'")
    return found
