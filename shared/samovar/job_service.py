"""Jobs from the outside: submit, look, cancel, fetch the result. It sees ports only."""

from collections.abc import Callable
from dataclasses import replace

from samovar import jobs
from samovar.errors import (
    IdempotencyMismatch,
    InvalidInput,
    JobConflict,
    JobNotFound,
    VersionNotFound,
)
from samovar.jobs import Job, JobPage, JobQuery, State, Upload
from samovar.ports import Clock, JobPorts, ModelStore
from samovar.submission import JobLimits, Submission, job_id_of
from samovar.types import Payload

_TRIES = 8
_CLIENTS = ("inputs/", "uploads/")
_SOME = "inputs/x"  # any object's key


class JobService:
    """The use cases of jobs, over a table, a queue and objects."""

    def __init__(
        self,
        models: ModelStore,
        ports: JobPorts,
        clock: Clock,
        new_id: Callable[[], str],
        limits: JobLimits | None = None,
    ) -> None:
        self._models = models
        self._table = ports.table
        self._ports = ports
        self._blobs = ports.blobs
        self._clock = clock
        self._new_id = new_id
        self._limits = limits or JobLimits()

    def submit(self, wanted: Submission, idempotency_key: str = "") -> Job:
        """The job, queued. Raises NotFound, InvalidInput, IdempotencyMismatch.

        The same key and the same request give the same job, whatever its state by now. The
        item is written before the message is sent: what a crash leaves between the two is a
        queued job without a message, which a sweep sends again.
        """
        self._check_model(wanted.model, wanted.version)
        self._check_uri(wanted.source.uri)
        job_id = job_id_of(idempotency_key) if idempotency_key else self._new_id()
        digest = wanted.digest()
        known = self._table.get(job_id) if idempotency_key else None
        if known is None:
            job = self._new_job(job_id, wanted, digest)
            if self._table.create(job):
                self._ports.queue_of(job).send([job.id])
                return job
            known = self._must_get(job_id)
        if known.request_hash != digest:
            raise IdempotencyMismatch("this Idempotency-Key was used with another request")
        if known.state is State.QUEUED and known.attempt == 0:
            # The first try may have died before it sent.
            self._ports.queue_of(known).send([known.id])
        return known

    def job(self, job_id: str) -> Job:
        """The job as it stands. Raises JobNotFound."""
        job = self._must_get(job_id)
        now = self._now_ms()
        if not job.state.final and jobs.is_late(job, now):
            job = self._move(job_id, lambda found: jobs.expire(found, now))
        return job

    def find(self, query: JobQuery) -> JobPage:
        """Jobs by state and model, newest first. Raises InvalidInput for a bad cursor."""
        return self._table.find(query)

    def cancel(self, job_id: str) -> Job:
        """The job cancelled; one that is cancelled already stays so. Raises JobConflict."""
        job = self._must_get(job_id)
        if job.state is State.CANCELLED:
            return job
        return self._move(job_id, lambda found: jobs.cancel(found, self._now_ms()))

    def redrive(self, job_id: str) -> Job:
        """A failed or expired job queued again. Raises JobConflict, JobNotFound."""
        job = self._move(job_id, lambda found: jobs.requeue(found, self._now_ms()))
        self._ports.queue_of(job).send([job.id])
        return job

    def result(self, job_id: str) -> Payload:
        """The answer of a job that succeeded. Raises JobConflict while it has none, JobNotFound."""
        job = self.job(job_id)
        if job.state is not State.SUCCEEDED:
            said = f": {job.failure.message}" if job.failure else ""
            raise JobConflict(f"job {job_id} is {job.state} and has no result{said}")
        try:
            body = self._blobs.get(job.result_uri)
        except InvalidInput:
            raise JobNotFound(f"the result of job '{job_id}' has been forgotten") from None
        return Payload(body, job.result_type, job_id)

    def upload(self, content_type: str, size: int = 0) -> Upload:
        """A place to which a client may put an input itself. Raises InvalidInput."""
        if size > self._limits.max_upload_bytes:
            raise InvalidInput(f"an upload has {self._limits.max_upload_bytes} bytes at most")
        upload_id = self._new_id()
        limit = size or self._limits.max_upload_bytes
        found = self._blobs.presign(f"inputs/{upload_id}", content_type, limit)
        return replace(found, id=upload_id)

    def upload_uri(self, upload_id: str) -> str:
        """Where the upload of that id went."""
        return self._blobs.uri(f"inputs/{upload_id}")

    def _move(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        """Apply a transition to the job as it stands, again if somebody else was faster."""
        for _ in range(_TRIES):
            moved = change(self._must_get(job_id))
            if self._table.replace(moved):
                return moved
        raise JobConflict(f"job {job_id} is changing too fast; try again")

    def _new_job(self, job_id: str, wanted: Submission, digest: str) -> Job:
        now = self._now_ms()
        source = wanted.source
        if len(source.inline) > self._limits.inline_bytes:
            # Two requests with one key may come here at once: neither writes over the other's.
            key = f"inputs/{job_id}-{digest[:16]}"
            # What type a client says it is of may be none; the item keeps what was said.
            uri = self._blobs.put(key, source.inline, "application/octet-stream")
            source = replace(source, inline=b"", uri=uri)
        return Job(
            id=job_id,
            model=wanted.model,
            version=wanted.version,
            source=source,
            created_ms=now,
            changed_ms=now,
            deadline_ms=now + wanted.ttl_s * 1000 if wanted.ttl_s else 0,
            expires_s=now // 1000 + max(self._limits.keep_s, wanted.ttl_s),
            request_hash=digest,
            priority=wanted.priority,
            webhook=wanted.webhook,
            tags=wanted.tags,
            reply_key=wanted.reply_key,
        )

    def _check_model(self, model: str, version: str) -> None:
        self._models.spec(model)
        if version and version not in self._models.versions(model):
            raise VersionNotFound(
                f"Request for unknown model: '{model}' version {version[:32]} is not found"
            )

    def _check_uri(self, uri: str) -> None:
        """A client may name an object under `inputs/` or `uploads/` of this deployment alone."""
        if not uri:
            return
        root = self._blobs.uri(_SOME).removesuffix(_SOME)
        key = uri.removeprefix(root)
        if not (uri.startswith(root) and key.startswith(_CLIENTS)):
            allowed = " or ".join(root + prefix for prefix in _CLIENTS)
            raise InvalidInput(f"'input_uri' must begin {allowed}; it is '{uri[:200]}'")
        self._blobs.uri(key)  # which refuses a key that leads elsewhere

    def _must_get(self, job_id: str) -> Job:
        job = self._table.get(job_id)
        if job is None:
            raise JobNotFound(f"there is no job '{job_id[:128]}'; it may have been forgotten")
        return job

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
