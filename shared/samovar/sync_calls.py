"""Calls that a door answers at once, under an Idempotency-Key: one key, one answer.

A call is a job of the lane "sync". It is created running, by the door that runs it, and stands
in no queue: whoever meets its key again finds the answer, or the error, or that it is still
being made. A door that died leaves a lease that runs out, after which the next request with
the key takes the call over. What it writes: the call's item, the answer's object, the end.
"""

from collections.abc import Callable
from dataclasses import replace

from samovar import jobs
from samovar.error_codes import error_of
from samovar.errors import (
    IdempotencyMismatch,
    InvalidInput,
    JobConflict,
    JobNotFound,
    RequestInFlight,
    SamovarError,
)
from samovar.jobs import Failure, Job, Source, State
from samovar.lanes import SYNC
from samovar.ports import Clock, JobPorts
from samovar.submission import Submission, job_id_of
from samovar.types import Payload
from samovar.values import dataclass

Run = Callable[[], Payload]
_MOST_SAID = 2000  # characters of an error: what an item keeps, so that it comes again as it was


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How a call is kept. Times in milliseconds, but for the last."""

    lease_ms: int = 35_000  # a gateway gives up after 29 s, and so does the function behind it
    forsaken_ms: int = 900_000  # a call that nobody ended is swept away after so long
    keep_s: int = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Answered:
    """What a key stands for: its job, and the answer where it is a call that has one."""

    job: Job
    answer: Payload | None = None


_LIMITS = CallLimits()


class SyncCalls:
    """The calls of a deployment, kept in its jobs' table."""

    def __init__(self, ports: JobPorts, clock: Clock, limits: CallLimits = _LIMITS) -> None:
        self._table = ports.table
        self._blobs = ports.blobs
        self._clock = clock
        self._limits = limits

    def answer(self, wanted: Submission, key: str, run: Run) -> Answered:
        """The answer under a key: `run`'s, or the one that was given when it ran before.

        Without an answer where the key stands for a job, which has its own way of giving it.
        Raises what `run` raises, the same again where that is permanent; IdempotencyMismatch
        for another request, RequestInFlight, StorageUnavailable.
        """
        job = self._new(wanted, key)
        if self._table.create(job):
            return self._run(job, run)
        known = self._table.get(job.id)
        if known is None:
            raise RequestInFlight("what this Idempotency-Key stood for was just forgotten")
        if known.request_hash != job.request_hash:
            raise IdempotencyMismatch("this Idempotency-Key was used with another request")
        if known.lane != SYNC:
            return Answered(known)
        mine = self._take_over(known)
        return self._run(mine, run) if mine else self._replay(known)

    def keep(self, job: Job, answer: Payload) -> Job:
        """A new job that has its answer already, for one that no door can send."""
        now = self._now_ms()
        running = replace(job, state=State.RUNNING, attempt=1, started_ms=now)
        done = self._succeeded(running, answer)
        self._table.create(done)
        return done

    def _run(self, job: Job, run: Run) -> Answered:
        """Run it in this door's hands, and end it. Nothing is answered that is not kept."""
        try:
            answer = run()
            done = self._succeeded(job, answer)
            won = self._table.replace(done)
        except SamovarError as error:
            self._failed(job, error)
            if len(error.message) > _MOST_SAID:
                raise error_of(error.code, error.message[:_MOST_SAID]) from None
            raise
        except BaseException:
            self._let_go(job, Failure("internal_error", "the call ended before its answer"))
            raise
        if won:
            return Answered(done, answer)
        known = self._table.get(job.id)  # it took so long that another took it over
        return self._replay(known or job)

    def _replay(self, job: Job) -> Answered:
        """What the call was answered with. Raises its error; RequestInFlight while it has none."""
        if job.state is State.SUCCEEDED:
            try:
                body = self._blobs.get(job.result_uri)
            except InvalidInput:
                raise JobNotFound("the answer under this Idempotency-Key was forgotten") from None
            return Answered(job, Payload(body, job.result_type, job.id))
        if job.state is State.FAILED and job.failure:
            raise error_of(job.failure.code, job.failure.message)
        if job.state is State.CANCELLED:
            raise JobConflict("the call under this Idempotency-Key was cancelled; use another")
        raise RequestInFlight("a request with this Idempotency-Key is being answered: try again")

    def _take_over(self, job: Job) -> Job | None:
        """The call in this door's hands, where no other has it; None where one has or had."""
        now = self._now_ms()
        try:
            if job.state is State.EXPIRED:  # nobody came back for it until now
                job = jobs.requeue(job, now)
                if not self._table.replace(job):
                    return None
            mine = jobs.claim(job, now, self._limits.lease_ms)
        except JobConflict:
            return None
        mine = replace(mine, deadline_ms=now + self._limits.forsaken_ms)
        return mine if self._table.replace(mine) else None

    def _succeeded(self, job: Job, answer: Payload) -> Job:
        key = f"results/{job.id}/{job.attempt}"
        uri = self._blobs.put(key, answer.body, answer.content_type)
        said = answer.content_type
        return jobs.succeed(job, job.attempt, self._now_ms(), uri=uri, content_type=said)

    def _failed(self, job: Job, error: SamovarError) -> None:
        """A permanent error is the key's answer from now on; a passing one leaves it free."""
        failure = Failure(error.code, error.message[:_MOST_SAID])
        if error.retryable:
            self._let_go(job, failure)
        else:
            self._write(jobs.fail(job, job.attempt, self._now_ms(), failure))

    def _let_go(self, job: Job, failure: Failure) -> None:
        self._write(jobs.release(job, job.attempt, self._now_ms(), failure))

    def _write(self, job: Job) -> None:
        """Write what can be written; where it cannot, the lease runs out."""
        try:
            self._table.replace(job)
        except SamovarError:
            return

    def _new(self, wanted: Submission, key: str) -> Job:
        now = self._now_ms()
        return Job(
            id=job_id_of(key),
            model=wanted.model,
            version=wanted.version,
            source=Source(wanted.source.content_type),  # the door has the input, nobody else
            lane=SYNC,
            state=State.RUNNING,
            attempt=1,
            lease_until_ms=now + self._limits.lease_ms,
            deadline_ms=now + self._limits.forsaken_ms,
            expires_s=now // 1000 + self._limits.keep_s,
            request_hash=wanted.digest(),
            created_ms=now,
            started_ms=now,
            changed_ms=now,
        )

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
