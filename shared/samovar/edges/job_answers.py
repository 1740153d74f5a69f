"""Jobs as they are answered with: one as JSON, one that is accepted, one that is over in time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samovar.edges.batch_form import batch_form, batch_links
from samovar.edges.delivery_form import delivery_form
from samovar.edges.messages import Response, error_response, json_response
from samovar.edges.prefer import Preference
from samovar.error_codes import error_of
from samovar.job_service import JobService
from samovar.jobs import Failure, Job, State
from samovar.lanes import HEAVY


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
        **({"lane_reason": job.lane_reason} if job.lane_reason else {}),
        "attempt": job.attempt,
        "priority": job.priority,
        "created": _time(job.created_ms),
        "started": _time(job.started_ms),
        "finished": _time(job.finished_ms),
        "deadline": _time(job.deadline_ms),
        "timings_ms": _timings(job),
        **error,
        "tags": dict(job.tags),
        **batch_form(job),
        **delivery_form(job),
        "links": {**job_links(job.id), **batch_links(job)},
    }


def job_links(job_id: str) -> dict[str, str]:
    """Where a job is found in this API."""
    return {"self": job_path(job_id), "result": f"{job_path(job_id)}/result"}


def job_path(job_id: str) -> str:
    """The path of a job."""
    return f"/v1/jobs/{job_id}"


def _timings(job: Job) -> dict[str, int]:
    """Milliseconds of each phase that is over: before the last attempt, in it, in all.

    An attempt of the heavy lane is a call: it waits for the endpoint, which may have to wake,
    and runs there. What was over before it began has been in no attempt.
    """
    begun, done = job.started_ms, job.finished_ms
    attempt = "dispatched" if job.lane == HEAVY else "running"
    return {
        **({"queued": (begun or done) - job.created_ms} if begun or done else {}),
        **({attempt: done - begun} if begun and done else {}),
        **({"total": done - job.created_ms} if done else {}),
    }


def _time(ms: int) -> str | None:
    if not ms:
        return None
    said = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return said.replace("+00:00", "Z")
