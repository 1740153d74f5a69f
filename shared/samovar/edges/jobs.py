"""Jobs over HTTP: submit, look, list, fetch the result, cancel, upload. Knows no framework."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from samovar.edges.delivery_form import delivery_form
from samovar.edges.inference import Visit, http_form
from samovar.edges.job_forms import (
    read_key,
    read_query,
    read_submission,
    read_upload,
)
from samovar.edges.messages import Response, error_response, json_response, read_body
from samovar.edges.prefer import Preference, read_preference
from samovar.error_codes import error_of
from samovar.errors import JobNotFound, JobsNotConfigured
from samovar.job_service import JobService
from samovar.jobs import Failure, Job, JobPage, JobQuery, State

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def submit_job(visit: Visit, max_body_bytes: int) -> Response:
    """202 with where the job is found. Raises InvalidInput, NotFound, IdempotencyMismatch.

    A client that would wait for so long (`Prefer: wait=N`) is sent on to a result in time.
    """
    jobs = _jobs(visit)
    body = read_body(visit.request, max_body_bytes)
    key = read_key(visit.request.headers)
    prefer = read_preference(visit.request.headers)
    return later(jobs, jobs.submit(read_submission(body, jobs.upload_uri), key), prefer)


def list_jobs(visit: Visit) -> Response:
    """A page of jobs, newest first; `links.next` where there are more. Raises InvalidInput."""
    jobs = _jobs(visit)
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
    return json_response(job_form(_jobs(visit).job(_job_id(visit))))


def job_result(visit: Visit) -> Response:
    """What predict or infer would have answered, byte by byte. Raises JobConflict, JobNotFound."""
    return http_form(_jobs(visit).result(_job_id(visit)))


def cancel_job(visit: Visit) -> Response:
    """The job, cancelled. Raises JobConflict where it is final, JobNotFound."""
    return json_response(job_form(_jobs(visit).cancel(_job_id(visit))))


def redrive_job(visit: Visit) -> Response:
    """202: a failed or expired job, queued again. Raises JobConflict, JobNotFound."""
    return accepted(_jobs(visit).redrive(_job_id(visit)))


def make_upload(visit: Visit, max_body_bytes: int) -> Response:
    """A form with which a client puts one file where a job finds it. Raises InvalidInput."""
    jobs = _jobs(visit)
    content_type, size = read_upload(read_body(visit.request, max_body_bytes))
    made = jobs.upload(content_type, size)
    return json_response({"upload_id": made.id, "url": made.url, "fields": dict(made.fields)})


def later(jobs: JobService, job: Job, prefer: Preference) -> Response:
    """202, or what became of the job while the client was ready to wait.

    303 to the result of one that succeeded; the error of one that failed.
    """
    if not prefer.seconds:
        return accepted(job, prefer.applied)
    over = jobs.wait(job.id, prefer.seconds)
    if over.state is State.FAILED and over.failure:
        return _failed(over, over.failure)
    answer = accepted(over, prefer.applied)
    if over.state is not State.SUCCEEDED:
        return answer
    there = {**answer.headers, "location": job_links(job.id)["result"]}
    return Response(303, answer.body, headers=there)


def _failed(job: Job, failure: Failure) -> Response:
    """What the request would have been refused with at once; `Location` is the job's own."""
    refused = error_response(error_of(failure.code, failure.message))
    where = {"location": job_links(job.id)["self"]}
    return Response(refused.status, refused.body, headers={**refused.headers, **where})


def accepted(job: Job, headers: Mapping[str, str] | None = None) -> Response:
    """202: the job is kept, whatever becomes of it."""
    links = job_links(job.id)
    body = {"id": job.id, "state": job.state, "links": links}
    answer = json_response(body, status=202)
    return Response(202, answer.body, headers={"location": links["self"], **(headers or {})})


def job_form(job: Job) -> dict[str, Any]:
    """A job as JSON: times in RFC 3339, null for what has not come yet."""
    failure = job.failure
    error = {"error": {"code": failure.code, "message": failure.message}} if failure else {}
    return {
        "id": job.id,
        "state": job.state,
        "model": job.model,
        "version": job.version,
        "lane": job.lane,
        "attempt": job.attempt,
        "priority": job.priority,
        "created": _time(job.created_ms),
        "started": _time(job.started_ms),
        "finished": _time(job.finished_ms),
        "deadline": _time(job.deadline_ms),
        "timings_ms": _timings(job),
        **error,
        "tags": dict(job.tags),
        **delivery_form(job),
        "links": job_links(job.id),
    }


def job_links(job_id: str) -> dict[str, str]:
    """Where a job is found in this API."""
    return {"self": f"/v1/jobs/{job_id}", "result": f"/v1/jobs/{job_id}/result"}


def _timings(job: Job) -> dict[str, int]:
    """Milliseconds of each phase that is over: before the last attempt, in it, in all."""
    begun, done = job.started_ms, job.finished_ms
    return {
        **({"queued": begun - job.created_ms} if begun else {}),
        **({"running": done - begun} if begun and done else {}),
        **({"total": done - job.created_ms} if done else {}),
    }


def _time(ms: int) -> str | None:
    if not ms:
        return None
    said = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return said.replace("+00:00", "Z")


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


def _jobs(visit: Visit) -> JobService:
    if visit.jobs is None:
        raise JobsNotConfigured(
            "this deployment has no jobs: set SAMOVAR_JOBS_TABLE, SAMOVAR_JOBS_QUEUE_URL "
            "and SAMOVAR_DATA_BUCKET"
        )
    return visit.jobs


def _job_id(visit: Visit) -> str:
    """The id in the path; what cannot be one is not asked for."""
    found = visit.target.job
    if not _JOB_ID.fullmatch(found):
        raise JobNotFound(f"there is no job '{found[:128]}'")
    return found
