"""What a call of the heavy lane's endpoint is called, and where what comes of it lies.

A call is an attempt of a job: its id is `<job>.<attempt>`, its answer is awaited at
`results/endpoint/<job>/<attempt>.out` and its error at
`results/endpoint-errors/<job>/<attempt>.out`. So a claim can say where before the call is made.
"""

import re

from samovar.errors import InvalidInput
from samovar.jobs import Job, Placed
from samovar.ports import BlobStore

OUTPUTS = "results/endpoint"
"""The endpoint's S3OutputPath, in the data bucket."""
ERRORS = "results/endpoint-errors"
"""The endpoint's S3FailurePath, in the data bucket."""
MIN_TTL_S = 60
MAX_TTL_S = 21_600
MAX_TIMEOUT_S = 3_600
"""What SageMaker allows a call: 1 minute to 6 hours to wait, up to 1 hour to run."""
_CALL = re.compile(r"([A-Za-z0-9_-]{1,128})\.([1-9][0-9]{0,8})")


def call_id(job: Job) -> str:
    """The name of the job's current attempt."""
    return f"{job.id}.{job.attempt}"


def read_call_id(name: str) -> tuple[str, int]:
    """The job's id and the attempt's number. Raises InvalidInput for what names no call."""
    match = _CALL.fullmatch(name)
    if match is None:
        raise InvalidInput(f"{name[:100]!r} names no call: one is called <job>.<attempt>")
    return match[1], int(match[2])


def file_name(attempt: int) -> str:
    """What an attempt's answer is called among the job's."""
    return f"{attempt}.out"


def places(job_id: str, attempt: int, blobs: BlobStore) -> Placed:
    """Where a call's answer and its error are awaited."""
    name = f"{job_id}/{file_name(attempt)}"
    return Placed(blobs.uri(f"{OUTPUTS}/{name}"), blobs.uri(f"{ERRORS}/{name}"))
