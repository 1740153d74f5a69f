"""OpenAI's files over HTTP: what a batch reads, and what it answered with.

Source: OpenAI API reference, "Files". A batch's answers and errors are files, too:
`file-<batch>-output` and `file-<batch>-errors`.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from samovar.edges.inference import Visit
from samovar.edges.jobs import jobs_of, sent
from samovar.edges.messages import Response, json_response, read_body
from samovar.edges.multipart import read_form
from samovar.edges.once import once
from samovar.errors import FileNotFound, InvalidInput, JobConflict, JobNotFound
from samovar.job_files import StoredFile
from samovar.job_service import JobService
from samovar.jobs import Job
from samovar.types import Payload

_OF_BATCH = re.compile(r"file-([A-Za-z0-9_-]{1,128})-(output|errors)")
_PURPOSE = "batch"
_MOST_LISTED = 100
_JSONL = "application/jsonl"


def create_file(visit: Visit, max_body_bytes: int) -> Response:
    """A file, kept for batches. Raises InvalidInput, MalformedBody, PayloadTooLarge."""
    jobs = jobs_of(visit)
    body = read_body(visit.request, max_body_bytes)

    def make() -> Response:
        form = read_form(visit.request, body)
        if form.fields.get("purpose") != _PURPOSE:
            raise InvalidInput(f"'purpose' must be '{_PURPOSE}'")
        if not form.file.strip():
            raise InvalidInput("the file is empty")
        return json_response(_form(jobs.files.keep(form.file_name[:256], _PURPOSE, form.file)))

    return once(visit, jobs, body, make)


def list_files(visit: Visit) -> Response:
    """The files that clients sent, newest first. Raises InvalidInput."""
    said = parse_qs(visit.request.query)
    if said.get("purpose", [_PURPOSE])[-1] != _PURPOSE:
        return json_response(_list([]))
    found = sorted(jobs_of(visit).files.all(), key=lambda one: (one.created_s, one.id))
    return json_response(_list([_form(one) for one in reversed(found)][:_MOST_LISTED]))


def show_file(visit: Visit) -> Response:
    """One file. Raises FileNotFound."""
    jobs, file_id = jobs_of(visit), visit.target.job
    found = _of_batch(jobs, file_id)
    if found is None:
        return json_response(_form(jobs.files.find(file_id)))
    job, kind = found
    body = _read(jobs, job, kind).body
    ended_s = job.finished_ms // 1000
    stored = StoredFile(file_id, f"{job.id}-{kind}.jsonl", "batch_output", len(body), ended_s)
    return json_response(_form(stored))


def file_content(visit: Visit) -> Response:
    """A file's bytes; 307 to where they are, for those of a batch that are too many to send.

    Raises FileNotFound, PayloadTooLarge.
    """
    jobs, file_id = jobs_of(visit), visit.target.job
    found = _of_batch(jobs, file_id)
    if found is None:
        return Response(200, jobs.files.read(file_id), _JSONL)
    job, kind = found
    link = jobs.result_link if kind == "output" else jobs.errors_link
    return sent(visit, lambda: _read(jobs, job, kind), lambda: link(job.id))


def delete_file(visit: Visit) -> Response:
    """A file, forgotten. Raises FileNotFound; InvalidInput for what a batch answered with."""
    jobs, file_id = jobs_of(visit), visit.target.job
    if _of_batch(jobs, file_id):
        raise InvalidInput("what a batch answered with is forgotten by itself, not deleted")
    jobs.files.forget(file_id)
    return json_response({"id": file_id, "object": "file", "deleted": True})


def _of_batch(jobs: JobService, file_id: str) -> tuple[Job, str] | None:
    """The batch that answered with the file, and which of its two it is. Raises FileNotFound."""
    match = _OF_BATCH.fullmatch(file_id)
    if match is None:
        return None
    try:
        return jobs.job(match[1]), match[2]
    except JobNotFound:
        raise FileNotFound(f"there is no file '{file_id}'; it may have been forgotten") from None


def _read(jobs: JobService, job: Job, kind: str) -> Payload:
    try:
        return jobs.result(job.id) if kind == "output" else jobs.errors(job.id)
    except (JobConflict, JobNotFound) as error:
        raise FileNotFound(error.message) from None


def _form(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": file.created_s,
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }


def _list(found: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = (found[at]["id"] if found else None for at in (0, -1))
    return {
        "object": "list",
        "data": found,
        "first_id": first,
        "last_id": last,
        "has_more": False,
    }
