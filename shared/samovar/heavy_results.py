"""What the endpoint says of its calls, and the end that it brings to jobs.

A notice comes at least once, late, in any order, or never. Only one for the attempt that
holds the fence changes anything; its first effect is the job's end, one write.
"""

import contextlib
import random
from collections.abc import Callable
from enum import StrEnum

from samovar import jobs
from samovar.errors import (
    DeadlineExceeded,
    EndpointFailed,
    InvalidInput,
    JobConflict,
    PayloadTooLarge,
    SettingsInvalid,
)
from samovar.heavy_calls import OUTPUTS, read_call_id
from samovar.heavy_failures import is_passing, read_failure
from samovar.job_delivery import announce
from samovar.job_replies import reply
from samovar.jobs import Failure, Job, State
from samovar.ports import Clock, JobPorts
from samovar.route_signals import RouteSignals
from samovar.values import dataclass

_TRIES = 8
_MAX_TYPE = 256
_FIRST_PAUSE_S = 5
_MAX_PAUSE_S = 900


@dataclass(frozen=True, slots=True)
class Notice:
    """What the endpoint says of a call: its answer's place, or why there is none.

    `said` is the body of a failure, where the notice brings it: the container's own, or text.
    """

    call_id: str
    ok: bool
    output_uri: str = ""
    content_type: str = ""
    failure_uri: str = ""
    said: bytes = b""
    reason: str = ""


class Outcome(StrEnum):
    """What a notice did."""

    ENDED = "ended"  # the job is over, by this notice
    AGAIN = "again"  # a passing error: the job is queued for another attempt
    REPEATED = "repeated"  # it was over, or queued again, already
    STALE = "stale"  # another attempt holds the fence
    UNKNOWN = "unknown"  # there is no such job, or not any more


class HeavyResults:
    """Ends the jobs that the endpoint has done with."""

    def __init__(
        self,
        ports: JobPorts,
        clock: Clock,
        max_faults: int = 3,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._table = ports.table
        self._ports = ports
        self._blobs = ports.blobs
        self._clock = clock
        self._max_faults = max_faults
        self._luck = luck
        self._signals = RouteSignals(ports.loads, clock)

    def finish(self, notice: Notice) -> Outcome:
        """End the notice's job, or queue it again.

        Raises InvalidInput for a notice that names no call; Unavailable where it is to be told
        again, which changes nothing that is done.
        """
        job_id, fence = read_call_id(notice.call_id)
        for _ in range(_TRIES):
            job = self._table.get(job_id)
            if job is None:
                return Outcome.UNKNOWN
            if job.state.final:
                return self._repeated(job, fence)
            try:
                moved = self._moved(job, fence, notice)
            except JobConflict:
                return Outcome.STALE
            if moved is None:  # it is queued again already, perhaps without a message
                self._ports.queue_of(job).send([job_id])
                return Outcome.REPEATED
            if self._table.replace(moved):
                if notice.ok:
                    self._signals.answered()
                return self._done(moved)
        raise EndpointFailed(f"job {job_id} is changing too fast; tell again")

    def lost(self, job: Job) -> Outcome:
        """A job whose lease ran out without a word counts as an attempt that failed."""
        failure = Failure(EndpointFailed.code, f"attempt {job.attempt} was never answered")
        moved = self._after_fault(job, failure)
        return self._done(moved) if self._table.replace(moved) else Outcome.STALE

    def _moved(self, job: Job, fence: int, notice: Notice) -> Job | None:
        """The job as the notice leaves it; None where that is as it is.

        Raises JobConflict where another attempt holds it, StorageUnavailable.
        """
        now = self._now_ms()
        mine = jobs.answered(job, fence)
        if notice.ok:
            return self._succeeded(mine, notice, now)
        failure = self._failure(mine, notice)
        if failure.code == DeadlineExceeded.code and job.deadline_ms:
            return jobs.expire(mine, max(now, job.deadline_ms))  # by the container's clock it has
        if not is_passing(failure):
            return jobs.fail(mine, fence, now, failure)
        # Of a queued job this fault is counted already, or was none.
        return None if job.state is State.QUEUED else self._after_fault(mine, failure)

    def _succeeded(self, job: Job, notice: Notice, now: int) -> Job:
        """Its answer must lie where this deployment reads; else mending and a redrive help."""
        uri = notice.output_uri or job.output_uri
        if not self._is_ours(uri) and self._is_there(job.output_uri):
            uri = job.output_uri  # as the claim foretold, whatever the notice says
        if not self._is_ours(uri):
            root = self._blobs.uri(f"{OUTPUTS}/x").removesuffix("x")
            said = f"the endpoint put the answer at {uri[:200]}: its output path must be {root}"
            return jobs.fail(job, job.attempt, now, Failure(SettingsInvalid.code, said))
        kind = notice.content_type
        plain = 0 < len(kind) <= _MAX_TYPE and kind.isascii() and kind.isprintable()
        kind = kind if plain else "application/octet-stream"
        return jobs.succeed(job, job.attempt, now, uri=uri, content_type=kind)

    def _is_there(self, uri: str) -> bool:
        """Whether an answer lies there. Raises StorageUnavailable."""
        heads = self._ports.heads
        return heads is not None and self._is_ours(uri) and heads.head(uri) is not None

    def _is_ours(self, uri: str) -> bool:
        """Whether an answer at that address can be read by this deployment."""
        some = f"{OUTPUTS}/x"
        bucket = self._blobs.uri(some).removesuffix(some)
        key = uri.removeprefix(bucket)
        try:
            return key.startswith(f"{OUTPUTS}/") and self._blobs.uri(key) == uri
        except InvalidInput:
            return False

    def _failure(self, job: Job, notice: Notice) -> Failure:
        """Why the call failed: what the notice says, or the object that the endpoint left."""
        said = notice.said
        if not said:
            try:
                said = self._blobs.get(notice.failure_uri or job.failure_uri)
            except (InvalidInput, PayloadTooLarge):
                said = b""
        return read_failure(said, notice.reason)

    def _after_fault(self, job: Job, failure: Failure) -> Job:
        now = self._now_ms()
        if jobs.is_late(job, now):
            return jobs.expire(job, now)
        if job.faults + 1 >= self._max_faults:
            return jobs.fail(job, job.attempt, now, failure)
        return jobs.fault(job, job.attempt, now, failure)

    def _done(self, job: Job) -> Outcome:
        """What follows the write: the answer beside its name, or the next attempt's message."""
        if job.state.final:
            self._told(job)
            return Outcome.ENDED
        most = min(_FIRST_PAUSE_S * 4**job.faults, _MAX_PAUSE_S)
        pause_s = round(most * (1 + self._luck()) / 2)
        self._ports.queue_of(job).send([job.id], pause_s)
        return Outcome.AGAIN

    def _repeated(self, job: Job, fence: int) -> Outcome:
        """Whoever ended the job may have died before it told of it."""
        if job.attempt != fence:
            return Outcome.STALE
        self._told(job)
        return Outcome.REPEATED

    def _told(self, job: Job) -> None:
        """The answer beside its name, and those told who asked. Raises StorageUnavailable."""
        with contextlib.suppress(InvalidInput, PayloadTooLarge):
            reply(job, self._blobs)  # the job names its result; a copy of it may be too large
        announce(job, self._ports)

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
