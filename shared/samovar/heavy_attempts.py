"""One attempt of a heavy job: what is claimed for it, and what the endpoint is told. No writes
but of an input that has to be an object.
"""

from samovar import jobs
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.frozen import replace
from samovar.heavy_calls import MAX_TTL_S, MIN_TTL_S, call_id, places
from samovar.jobs import EndpointCall, Job
from samovar.ports import BlobHeads, BlobStore
from samovar.values import dataclass

MAX_INPUT_BYTES = 1024**3
"""The most that an asynchronous endpoint takes. Source: SageMaker, "Asynchronous inference"."""


@dataclass(frozen=True, slots=True)
class DispatchLimits:
    """How calls are made."""

    ttl_s: int = 3_600  # that a call may wait in the endpoint's own queue
    timeout_s: int = 900  # that it may run
    slack_s: int = 60  # for its notice to arrive, before another attempt may begin
    reserve_ms: int = 12_000  # kept free at the end of an invocation: what one call may take


class HeavyAttempts:
    """Makes attempts, in the form of a claim and in the form of a call."""

    def __init__(self, blobs: BlobStore, heads: BlobHeads | None, limits: DispatchLimits) -> None:
        self._blobs = blobs
        self._heads = heads
        self._limits = limits

    def with_object(self, job: Job) -> Job:
        """The job with its input as an object, which stays there for later attempts.

        Raises StorageUnavailable; InvalidInput, PayloadTooLarge for an object that no endpoint
        need be woken for.
        """
        source = job.source
        if source.uri:
            self._check(source.uri)
            return job
        uri = self._blobs.put(f"inputs/{job.id}", source.inline, "application/octet-stream")
        return replace(job, source=replace(source, inline=b"", uri=uri))

    def _check(self, uri: str) -> None:
        """Ask for the object, which costs less than a GPU that finds it missing."""
        if self._heads is None:
            return
        found = self._heads.head(uri)
        if found is None or not found.size:
            fault = "is empty" if found else "is not there: upload it first"
            raise InvalidInput(f"the input {uri[:200]} {fault}")
        if found.size > MAX_INPUT_BYTES:
            raise PayloadTooLarge(
                f"the input {uri[:200]} has {found.size} bytes; the heavy lane takes "
                f"{MAX_INPUT_BYTES}"
            )

    def claimed(self, job: Job, now_ms: int) -> Job:
        """The job in the hands of its next attempt, until no answer of it can come any more.

        Raises JobConflict.
        """
        limits = self._limits
        held_s = self._ttl_s(job, now_ms) + limits.timeout_s + limits.slack_s
        placed = places(job.id, job.attempt + 1, self._blobs)
        return jobs.dispatch(job, now_ms, held_s * 1000, placed)

    def call_of(self, job: Job, now_ms: int) -> EndpointCall:
        """The call of a job's current attempt."""
        return EndpointCall(
            id=call_id(job),
            model=job.model,
            version=job.version,
            input_uri=job.source.uri,
            content_type=job.source.content_type,
            ttl_s=self._ttl_s(job, now_ms),
            timeout_s=self._limits.timeout_s,
            deadline_ms=job.deadline_ms,
        )

    def _ttl_s(self, job: Job, now_ms: int) -> int:
        """How long a call may wait: no longer than its job, but for the endpoint's least.

        A job with less time left is dispatched all the same, since an endpoint that is awake
        and idle answers in time; one that is not refuses it by `deadline_ms`, unrun.
        """
        left_s = (job.deadline_ms - now_ms) // 1000 if job.deadline_ms else MAX_TTL_S
        return min(max(min(left_s, self._limits.ttl_s), MIN_TTL_S), MAX_TTL_S)
