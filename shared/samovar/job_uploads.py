"""An object that was put into the bucket becomes a job. Sees ports only.

The model is in the key: `uploads/<model>/<name>`. Storage tells of an object at least once,
and in no order; what it says of one version of an object makes one job.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from samovar.errors import InvalidInput, SamovarError
from samovar.job_replies import refuse
from samovar.job_service import JobService
from samovar.jobs import Failure, Job, Source
from samovar.ports import BlobStore, ModelStore
from samovar.submission import Submission
from samovar.types import Kind

UPLOADS = "uploads/"
_MEDIA: Mapping[str, str] = {
    "bmp": "image/bmp",
    "csv": "text/csv",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/plain",
    "npy": "application/x-npy",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webp": "image/webp",
}
_ANY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An object that is there now. `version` differs when an object of that key is put anew."""

    bucket: str
    key: str
    version: str
    size: int = 0


class Uploads:
    """Turns arrivals into jobs."""

    def __init__(
        self, service: JobService, models: ModelStore, blobs: BlobStore, webhook: str = ""
    ) -> None:
        self._service = service
        self._webhook = webhook
        self._models = models
        self._blobs = blobs

    def ingest(self, arrival: Arrival) -> Job | None:
        """The arrival's job; None for an object that is no input.

        Raises InvalidInput, NotFound for one that cannot become a job, after its error was
        put in the place of its answer; StorageUnavailable where it is to be told again.
        """
        if not arrival.key.startswith(UPLOADS) or arrival.key.endswith("/"):
            return None
        name = arrival.key.removeprefix(UPLOADS)
        try:
            return self._submit(arrival, name)
        except SamovarError as error:
            if not error.retryable:
                refuse(f"results/{name}", Failure(error.code, error.message), self._blobs)
            raise

    def _submit(self, arrival: Arrival, name: str) -> Job:
        model, slash, file = name.partition("/")
        if not slash:
            raise InvalidInput(f"{name[:200]!r} names no model: put it under uploads/<model>/")
        if arrival.size == 0:
            raise InvalidInput(f"{arrival.key[:200]!r} is empty")
        kind = self._models.spec(model).input.kind
        address = f"{arrival.bucket}/{arrival.key}"
        wanted = Submission(
            model,
            Source(media_type(file, kind), uri=f"s3://{address}"),
            webhook=self._webhook,
            reply_key=f"results/{name}",
            size=arrival.size,
        )
        return self._service.submit(wanted, f"upload\0{address}\0{arrival.version}")


def media_type(name: str, kind: Kind) -> str:
    """What an object's suffix says it is. A model of files takes any as it is, JSON too."""
    suffix = name.rpartition(".")[2].lower()
    return _ANY if kind is Kind.BYTES else _MEDIA.get(suffix, _ANY)
