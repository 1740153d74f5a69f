"""A predict or an infer that is not simply answered: it becomes a job, or its answer is kept."""

from samovar.edges.inference import Visit, answer_form
from samovar.edges.job_answers import later
from samovar.edges.job_forms import read_key
from samovar.edges.messages import Response
from samovar.edges.prefer import read_preference
from samovar.job_service import JobService
from samovar.jobs import Source
from samovar.lanes import SYNC
from samovar.submission import Submission
from samovar.types import Payload


def respond(
    visit: Visit, jobs: JobService, payload: Payload, *, slow: bool, expected_ms: float = 0.0
) -> Response | None:
    """The answer to a request that is slow, or whose headers speak of jobs.

    None where it is to be answered as any other. Raises InvalidInput, IdempotencyMismatch,
    RequestInFlight, and what the request itself is refused with.
    """
    key = read_key(visit.request.headers)
    prefer = read_preference(visit.request.headers)
    wanted = _submission(visit, payload, expected_ms)
    if slow or prefer.respond_async:
        job = jobs.submit(wanted, key)
        if job.lane != SYNC:  # else the key is that of a call, which has its answer
            return later(jobs, job, prefer)
    elif not key:
        return None
    target = visit.target
    found = jobs.calls.answer(
        wanted, key, lambda: visit.service.predict(target.model, target.version, payload)
    )
    if found.answer is None:
        return later(jobs, found.job, prefer)
    return answer_form(visit, found.answer) or later(jobs, found.job, prefer)


def text_job(visit: Visit, jobs: JobService, model: str, payload: Payload) -> Response | None:
    """202 for a generation whose client would rather have a job; None for any other.

    `payload` is what predict is asked: so is the job's result predict's answer. Raises
    InvalidInput, NotFound, IdempotencyMismatch.
    """
    prefer = read_preference(visit.request.headers)
    if not prefer.respond_async:
        return None
    expected_ms = visit.service.expectation(model).of(payload)
    source = Source(payload.content_type, payload.body)
    wanted = Submission(model, source, expected_ms=expected_ms)
    return later(jobs, jobs.submit(wanted, read_key(visit.request.headers)), prefer)


def keep(visit: Visit, jobs: JobService, payload: Payload, answer: Payload) -> Response:
    """202 for an answer that is too large to be sent: it lies ready as the result of a job."""
    job = jobs.keep(_submission(visit, payload, 0.0), answer)
    return later(jobs, job, read_preference(visit.request.headers))


def _submission(visit: Visit, payload: Payload, expected_ms: float) -> Submission:
    target = visit.target
    source = Source(payload.content_type, payload.body)
    return Submission(target.model, source, target.version, expected_ms=expected_ms)
