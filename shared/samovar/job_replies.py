"""The answer to an input that came as an object: an object, too, under a name that is known.

`uploads/<model>/<name>` is answered at `results/<model>/<name>.json`, or, where it failed, at
`results/<model>/<name>.error.json`. The bytes are those that the job's item names as its
result, so writing them again changes nothing.
"""

import orjson

from samovar.batch import Batch
from samovar.jobs import Failure, Job, State
from samovar.ports import BlobStore

_ERROR = ".error.json"
_ANSWER = ".json"


def reply(job: Job, blobs: BlobStore) -> None:
    """Put an ended job's answer, or its error, where it is awaited; nothing where it is not.

    Raises StorageUnavailable; InvalidInput where the result is gone.
    """
    if job.reply_key and job.batch and job.state is State.SUCCEEDED:
        blobs.put(job.reply_key + _ANSWER, _summary(job, job.batch), "application/json")
    elif job.reply_key and job.state is State.SUCCEEDED:
        blobs.put(job.reply_key + _ANSWER, blobs.get(job.result_uri), job.result_type)
    elif job.reply_key and job.failure and job.state is State.FAILED:
        refuse(job.reply_key, job.failure, blobs, job.id)


def _summary(job: Job, batch: Batch) -> bytes:
    """What became of a batch; its answers and errors are files of their own."""
    return orjson.dumps(
        {
            "job": job.id,
            "model": job.model,
            "version": job.version,
            "rows": batch.rows,
            "failed": batch.failed,
            "output_uri": job.output_uri,
            "errors_uri": job.failure_uri or None,
        }
    )


def refuse(reply_key: str, failure: Failure, blobs: BlobStore, job_id: str = "") -> None:
    """Put an error where an answer is awaited. Raises StorageUnavailable."""
    said = {"error": failure.message, "code": failure.code}
    body = orjson.dumps(said | ({"job": job_id} if job_id else {}))
    blobs.put(reply_key + _ERROR, body, "application/json")
