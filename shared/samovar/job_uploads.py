"""An object that was put into the bucket becomes a job, or a batch. Sees ports only.

The model is in the key, `uploads/<model>/<name>`, and by its suffix a file of rows is a batch.
Storage tells of an object at least once, and in no order; what it says of one version of an
object makes one job.
"""

from samovar.codecs.suffixes import media_type
from samovar.errors import InvalidInput, SamovarError
from samovar.job_replies import refuse
from samovar.job_service import JobService
from samovar.jobs import Failure, Job, Source
from samovar.ports import BlobStore, ModelStore
from samovar.rows import suffix_type
from samovar.submission import Submission
from samovar.types import Kind
from samovar.values import dataclass

UPLOADS = "uploads/"


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
        rows = "" if kind is Kind.BYTES else suffix_type(file)  # to a model of files, one file
        wanted = Submission(
            model,
            Source(rows or media_type(file, kind), uri=f"s3://{address}"),
            batch=bool(rows),
            webhook=self._webhook,
            reply_key=f"results/{name}",
            size=arrival.size,
        )
        return self._service.submit(wanted, f"upload\0{address}\0{arrival.version}")
