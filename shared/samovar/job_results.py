"""What jobs were answered with: read, or linked to where it is too large for that."""

from dataclasses import replace

from samovar.errors import InvalidInput, JobNotFound, PayloadTooLarge
from samovar.jobs import Job
from samovar.ports import JobPorts
from samovar.types import Payload


class JobResults:
    """The results of one deployment's jobs."""

    def __init__(self, ports: JobPorts) -> None:
        self._blobs = ports.blobs
        self._links = ports.links

    def read(self, job: Job) -> Payload:
        """The answer of a job that succeeded. Raises JobNotFound, PayloadTooLarge."""
        try:
            body = self._blobs.get(job.result_uri)
        except InvalidInput:
            raise JobNotFound(f"the result of job '{job.id}' has been forgotten") from None
        return Payload(body, job.result_type, job.id)

    def link(self, job: Job) -> str:
        """Where the answer can be read for a while. Raises PayloadTooLarge without such links."""
        if self._links is None:
            raise PayloadTooLarge("this result is too large to be sent, and nothing else is set up")
        return self._links.link(job.result_uri)


def as_errors(job: Job) -> Job:
    """The batch with its rows' errors for its result. Raises JobNotFound where there are none."""
    if job.batch is None:
        raise JobNotFound(f"job {job.id} is no batch: its rows have no errors of their own")
    if not job.failure_uri:
        raise JobNotFound(f"no row of batch {job.id} failed")
    return replace(job, result_uri=job.failure_uri)
