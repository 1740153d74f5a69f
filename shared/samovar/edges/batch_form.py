"""A batch's progress as JSON, and what a part says of its batch."""

from typing import Any

from samovar.jobs import Job, State


def batch_form(job: Job) -> dict[str, Any]:
    """`batch` of a batch, `parent` of a part, nothing of another job.

    `progress` is the share of the parts that are over, null until the whole file is cut.
    """
    if job.parent:
        return {"parent": job.parent}
    if job.batch is None:
        return {}
    batch, over = job.batch, job.state is State.SUCCEEDED
    said: dict[str, Any] = {
        "rows": batch.rows,
        "split": batch.split,
        "parts": batch.parts,
        "done": batch.done,
        "lost": batch.lost,
        "failed": batch.failed if over else None,
        "progress": batch.done / batch.parts if batch.split and batch.parts else None,
    }
    if over:
        said |= {"output_uri": job.output_uri, "errors_uri": job.failure_uri or None}
    return {"batch": said}


def batch_links(job: Job) -> dict[str, str]:
    """Where a batch's parts and errors are found; nothing of another job."""
    if job.batch is None:
        return {}
    path = f"/v1/jobs/{job.id}/errors"
    errors = {"errors": path} if job.state is State.SUCCEEDED and job.failure_uri else {}
    return {"parts": f"/v1/jobs?parent={job.id}", **errors}
