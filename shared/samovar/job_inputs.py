"""Where the inputs of jobs lie: in the item, in an object of ours, or where a client put them."""

from samovar.errors import InvalidInput
from samovar.frozen import replace
from samovar.jobs import Job, Source, Upload
from samovar.ports import BlobStore
from samovar.submission import JobLimits

_CLIENTS = ("inputs/", "uploads/")
_SOME = "inputs/x"  # any object's key


class JobInputs:
    """The inputs of one deployment's jobs."""

    def __init__(self, blobs: BlobStore, limits: JobLimits) -> None:
        self._blobs = blobs
        self._limits = limits

    def kept(self, job: Job, source: Source) -> Job:
        """The job with its input where it may stay: a large one becomes an object."""
        if len(source.inline) <= self._limits.inline_bytes:
            return replace(job, source=source)
        # Two requests with one key may come here at once: neither writes over the other's.
        key = f"inputs/{job.id}-{job.request_hash[:16]}"
        # What type a client says it is of may be none; the item keeps what was said.
        uri = self._blobs.put(key, source.inline, "application/octet-stream")
        return replace(job, source=replace(source, inline=b"", uri=uri))

    def check_uri(self, uri: str) -> None:
        """A client may name an object under `inputs/` or `uploads/` of this deployment alone."""
        if not uri:
            return
        root = self._blobs.uri(_SOME).removesuffix(_SOME)
        key = uri.removeprefix(root)
        if not (uri.startswith(root) and key.startswith(_CLIENTS)):
            allowed = " or ".join(root + prefix for prefix in _CLIENTS)
            raise InvalidInput(f"'input_uri' must begin {allowed}; it is '{uri[:200]}'")
        self._blobs.uri(key)  # which refuses a key that leads elsewhere

    def upload(self, upload_id: str, content_type: str, size: int) -> Upload:
        """A place to which a client may put an input itself. Raises InvalidInput."""
        if size > self._limits.max_upload_bytes:
            raise InvalidInput(f"an upload has {self._limits.max_upload_bytes} bytes at most")
        limit = size or self._limits.max_upload_bytes
        found = self._blobs.presign(f"inputs/{upload_id}", content_type, limit)
        return replace(found, id=upload_id)

    def upload_uri(self, upload_id: str) -> str:
        """Where the upload of that id went."""
        return self._blobs.uri(f"inputs/{upload_id}")
