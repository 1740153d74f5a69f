"""A job: its states, who may move it, and nothing else. Pure; the table makes it atomic.

    queued ──claim──▶ running ──succeed──▶ succeeded
      ▲  │               │ │
      │  │   release     │ └────fail────▶ failed
      └──┼───────────────┘
         ├──cancel──▶ cancelled ◀──cancel── running
         └──expire──▶ expired   ◀──expire── running

Delivery is at least once, so every transition may be tried twice, late, and by workers that
were thought dead. Two things make the effect happen once: a transition is written only over
the revision that it was computed from, and only the holder of the current fence (the
attempt's number) may finish. A worker whose lease ran out has lost its fence.
"""

from collections.abc import Mapping
from enum import StrEnum

from samovar.batch import Batch, begun_again
from samovar.errors import JobConflict
from samovar.frozen import replace
from samovar.job_log import Told
from samovar.values import dataclass, field


class State(StrEnum):
    """Where a job is. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing moves it any more."""
        return self in _FINAL


_FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Source:
    """A job's input: inline bytes, or a claim check (the URI of an object) in their place."""

    content_type: str
    inline: bytes = b""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: the stable code and what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job, as its item in the table says. Times are milliseconds since the epoch."""

    id: str
    model: str
    version: str
    source: Source
    created_ms: int
    lane: str = "light"
    lane_reason: str = ""  # why it is on that lane, where its model does not say
    state: State = State.QUEUED
    revision: int = 0
    attempt: int = 0
    lease_until_ms: int = 0
    deadline_ms: int = 0  # 0: none; past it, a job that has not finished expires
    expires_s: int = 0  # when the table may forget it (DynamoDB's TTL), seconds
    request_hash: str = ""  # of what an Idempotency-Key stands for
    priority: int = 0
    webhook: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    result_uri: str = ""
    result_type: str = ""
    reply_key: str = ""  # where the answer is to lie as well, for one that came as an object
    parent: str = ""  # the job that this one is a part of
    batch: Batch | None = None  # of a job whose input is a file of rows, run in parts
    output_uri: str = ""  # where the endpoint of the heavy lane puts the current attempt's answer
    failure_uri: str = ""  # and where its error
    faults: int = 0  # attempts that a passing error ended; an attempt that never began is none
    failure: Failure | None = None
    owed: tuple[str, ...] = ()  # the sinks that are to be told of its end, and were not yet
    due_ms: int = 0  # when they are to be told next; 0: as soon as it ends
    deliveries: tuple[Told, ...] = ()  # the last tries to tell them
    started_ms: int = 0  # of the current attempt
    finished_ms: int = 0
    changed_ms: int = 0  # of the last transition


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs to list: those of a state, of a model or all; a page at a time."""

    state: State | None = None
    model: str = ""
    limit: int = 50
    cursor: str = ""
    older_than_ms: int = 0  # last changed before this; 0: whenever
    tops: bool = False  # without the parts of batches
    parent: str = ""  # the parts of that batch alone, in their order; see JobService.find
    owed_ms: int = 0  # those that owe somebody an event since before this alone; 0: all


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs; `cursor` continues it, "" at the end."""

    jobs: tuple[Job, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A presigned upload: send `fields` and the file as a form to `url`; then submit `uri`."""

    id: str
    url: str
    fields: Mapping[str, str]
    uri: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in a worker's hands: the job it names, and how often it was received."""

    job_id: str
    receipt: str
    message_id: str
    receive_count: int = 1


@dataclass(frozen=True, slots=True)
class EndpointCall:
    """One attempt of a job, as the heavy lane's endpoint is asked for it. Times in seconds."""

    id: str  # `<job>.<attempt>`: comes back with the answer, and says whose fence it holds
    model: str
    version: str
    input_uri: str
    content_type: str
    ttl_s: int  # that it may wait; past it, it is never run
    timeout_s: int  # that it may run
    deadline_ms: int = 0  # the job's own, since the epoch; 0: none


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the answer of a call will lie, or its error."""

    output_uri: str
    failure_uri: str


def claim(job: Job, now_ms: int, lease_ms: int) -> Job:
    """The job in the hands of a new attempt, whose number is its fence.

    Raises JobConflict where it is final, or another attempt's lease still runs.
    """
    if job.state.final:
        raise JobConflict(f"job {job.id} is {job.state} already")
    if job.state is State.RUNNING and job.lease_until_ms > now_ms:
        raise JobConflict(f"job {job.id} is being run by attempt {job.attempt}")
    return _next(
        job,
        now_ms,
        state=State.RUNNING,
        attempt=job.attempt + 1,
        lease_until_ms=now_ms + lease_ms,
        started_ms=now_ms,
    )


def dispatch(job: Job, now_ms: int, lease_ms: int, placed: Placed) -> Job:
    """Claimed for an attempt that the endpoint runs, and where it will put what comes of it.

    Raises JobConflict as `claim` does.
    """
    mine = claim(job, now_ms, lease_ms)
    return replace(mine, output_uri=placed.output_uri, failure_uri=placed.failure_uri)


def place(job: Job, fence: int, now_ms: int, placed: Placed) -> Job:
    """The running attempt, its answer awaited in another place. Raises JobConflict."""
    where = {"output_uri": placed.output_uri, "failure_uri": placed.failure_uri}
    return _next(_held(job, fence), now_ms, **where)


def renew(job: Job, fence: int, now_ms: int, lease_ms: int) -> Job:
    """A longer lease for the attempt that holds the fence. Raises JobConflict."""
    return _next(_held(job, fence), now_ms, lease_until_ms=now_ms + lease_ms)


def succeed(job: Job, fence: int, now_ms: int, *, uri: str, content_type: str) -> Job:
    """The job done, its result named. Raises JobConflict where the fence was lost."""
    return _next(
        _held(job, fence),
        now_ms,
        state=State.SUCCEEDED,
        result_uri=uri,
        result_type=content_type,
        failure=None,  # of an attempt before
        finished_ms=now_ms,
        lease_until_ms=0,
    )


def fail(job: Job, fence: int, now_ms: int, failure: Failure) -> Job:
    """The job failed for good. Raises JobConflict where the fence was lost."""
    return _next(
        _held(job, fence),
        now_ms,
        state=State.FAILED,
        failure=failure,
        finished_ms=now_ms,
        lease_until_ms=0,
    )


def release(job: Job, fence: int, now_ms: int, failure: Failure) -> Job:
    """The job queued again after a passing error, which it remembers. Raises JobConflict."""
    return _next(_held(job, fence), now_ms, state=State.QUEUED, failure=failure, lease_until_ms=0)


def fault(job: Job, fence: int, now_ms: int, failure: Failure) -> Job:
    """Released after an attempt that did begin, which counts. Raises JobConflict."""
    return replace(release(job, fence, now_ms, failure), faults=job.faults + 1)


def answered(job: Job, fence: int) -> Job:
    """The job in the hands of the attempt whose answer has come, to be ended: no transition.

    An attempt that was given up, and that no other has followed, holds its fence again: the
    endpoint had taken the call after all. Raises JobConflict where the fence was lost.
    """
    if job.state is State.QUEUED and job.attempt == fence and job.output_uri:
        return replace(job, state=State.RUNNING)
    return _held(job, fence)


def cancel(job: Job, now_ms: int) -> Job:
    """The job cancelled, whoever runs it: that attempt's result will find no fence.

    Raises JobConflict where it is final already.
    """
    if job.state.final:
        raise JobConflict(f"job {job.id} is {job.state} already")
    return _next(job, now_ms, state=State.CANCELLED, finished_ms=now_ms, lease_until_ms=0)


def expire(job: Job, now_ms: int) -> Job:
    """The job past its deadline, ended. Raises JobConflict where it is final or in time."""
    if job.state.final or not is_late(job, now_ms):
        raise JobConflict(f"job {job.id} is {job.state} and its deadline has not passed")
    return _next(job, now_ms, state=State.EXPIRED, finished_ms=now_ms, lease_until_ms=0)


def requeue(job: Job, now_ms: int, owed: tuple[str, ...] = ()) -> Job:
    """A failed or expired job given another life by an operator. Raises JobConflict.

    Its new end is to be told to `owed`; what nobody was told of the last one is dropped.
    """
    if job.state not in (State.FAILED, State.EXPIRED):
        raise JobConflict(f"job {job.id} is {job.state}; only failed and expired jobs are redriven")
    fresh = replace(job, failure=None, faults=0, finished_ms=0, deadline_ms=0, output_uri="")
    fresh = replace(fresh, owed=owed, due_ms=0)
    if job.batch:
        fresh = replace(fresh, batch=begun_again(job.batch))
    return _next(fresh, now_ms, state=State.QUEUED)


def touch(job: Job, now_ms: int) -> Job:
    """The job as it was, changed now: it was sent again. Raises JobConflict where it is final."""
    if job.state.final:
        raise JobConflict(f"job {job.id} is {job.state} already")
    return _next(job, now_ms)


def is_late(job: Job, now_ms: int) -> bool:
    """Whether the job's deadline has passed."""
    return 0 < job.deadline_ms <= now_ms


def _held(job: Job, fence: int) -> Job:
    if job.state is not State.RUNNING or job.attempt != fence:
        raise JobConflict(f"attempt {fence} of job {job.id} has lost it: it is {job.state}")
    return job


def _next(job: Job, now_ms: int, **changes: object) -> Job:
    return replace(job, revision=job.revision + 1, changed_ms=now_ms, **changes)
