"""What jobs were answered with: read, or linked to where it is too large for that."""

from samovar.errors import InvalidInput, JobNotFound, PayloadTooLarge
from samovar.jobs import Job
from samovar.ports import JobPorts
from samovar.types import Payload


class JobResults:
    """The results of one deployment's jobs."""

    def __init__(self, ports: JobPorts) -> None:
        self._blobs = ports.blobs
        self._links = ports.links

    def read(self, uri: str, job: Job) -> Payload:
        """An object of a job that succeeded. Raises JobNotFound, PayloadTooLarge."""
        try:
            body = self._blobs.get(uri)
        except InvalidInput:
            raise JobNotFound(f"the result of job '{job.id}' has been forgotten") from None
        return Payload(body, job.result_type, job.id)

    def link(self, uri: str) -> str:
        """Where an object can be read for a while. Raises PayloadTooLarge without a port for it."""
        if self._links is None:
            raise PayloadTooLarge("this result is too large to be sent, and nothing else is set up")
        return self._links.link(uri)


def errors_uri(job: Job) -> str:
    """Where the errors of a batch's rows lie. Raises JobNotFound where there are none."""
    if job.batch is None:
        raise JobNotFound(f"job {job.id} is no batch: its rows have no errors of their own")
    if not job.failure_uri:
        raise JobNotFound(f"no row of batch {job.id} failed")
    return job.failure_uri
