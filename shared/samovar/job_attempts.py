"""One attempt at one job: claimed, kept, and ended exactly once, every way out side by side.

What an attempt writes: the claim, the result's object, the end. A crash before the claim
leaves a queued job; between claim and end, a lease that runs out, after which the next
attempt writes its own object and the item names the winner. No order of duplicates, late
workers and crashes ends a job twice.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from samovar import jobs
from samovar.errors import SamovarError, WorkerDied
from samovar.job_delivery import announce
from samovar.job_replies import reply
from samovar.jobs import Delivery, Failure, Job, State
from samovar.lanes import SYNC
from samovar.ports import Clock, JobPorts
from samovar.routing import RouteLimits
from samovar.types import Payload
from samovar.values import dataclass, field

_SOON_S = 4
_LATER_S = 300
_DIED = (
    "every worker that had this job has died or run out of time: its input may take more "
    "memory or time than there is; cut it into smaller ones"
)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How a worker works. Times in milliseconds."""

    lease_ms: int = 60_000
    reserve_ms: int = 5_000  # kept free at the end of an invocation to hand the rest back
    max_receives: int = 5
    max_batch: int = 32
    max_deaths: int = 5  # of workers with one job in their hands
    part_attempts: int = 120  # at a part of a batch, of which a passing error ended each: two hours
    routes: RouteLimits = field(default_factory=RouteLimits)


@dataclass(frozen=True, slots=True)
class Held:
    """A job that this worker has claimed, or is about to, and the message that named it."""

    job: Job
    delivery: Delivery

    @property
    def fence(self) -> int:
        """The attempt's number: what gives the right to end the job."""
        return self.job.attempt


class Begun(NamedTuple):
    """An attempt that has its job, and the input; or its job, and what became of it."""

    held: Held
    payload: Payload | SamovarError


class Attempts:
    """Single attempts. Each way out gives the deliveries that the queue must keep."""

    def __init__(self, ports: JobPorts, clock: Clock, limits: RunLimits) -> None:
        self._ports = ports
        self._table = ports.table
        self._queue = ports.queue
        self._blobs = ports.blobs
        self._clock = clock
        self._limits = limits

    def look_up(self, delivery: Delivery) -> Job | SamovarError | None:
        """The job as it stands, what is in the way of knowing, or None for one forgotten.

        A call that a door answers is nobody else's: what names one is no message.
        """
        try:
            found = self._table.get(delivery.job_id)
        except SamovarError as error:
            return error
        return None if found and found.lane == SYNC else found

    def begin(self, held: Held) -> Begun | list[Delivery]:
        """The job in this worker's hands, and its input or what is wrong with it.

        Where another attempt has it, its message is kept; where it has grown late since it
        was looked up, it has expired.
        """
        if self.is_late(held.job):
            self.expire(held.job)
            return []
        claimed = self._claim(held)
        if claimed is None:
            return [held.delivery]
        if claimed.job.faults >= self._limits.max_deaths:
            return Begun(claimed, WorkerDied(_DIED))
        try:
            return Begun(claimed, self._load(claimed.job))
        except SamovarError as error:
            return Begun(claimed, error)

    def renew(self, held: Held, hide_s: int) -> Held | None:
        """The same with a longer lease, its message hidden for so long; None where it is lost.

        What could not be written now is tried again at the next beat.
        """
        try:
            mine = jobs.renew(held.job, held.fence, self._now_ms(), self._limits.lease_ms)
            if not self._table.replace(mine):
                return None
            renewed = replace(held, job=mine)
        except SamovarError:
            return held
        self.hide(held.delivery, hide_s)
        return renewed

    def end(self, held: Held, answer: Payload | SamovarError) -> list[Delivery]:
        """The attempt over, by its answer or by its error."""
        if isinstance(answer, SamovarError):
            return self._failed(held, answer)
        return self._succeeded(held, answer)

    def expire(self, job: Job) -> None:
        """A late job ended."""
        self._move(lambda: jobs.expire(job, self._now_ms()))

    def is_late(self, job: Job) -> bool:
        """Whether the job's deadline has passed."""
        return jobs.is_late(job, self._now_ms())

    def replied(self, job: Job, delivery: Delivery) -> list[Delivery]:
        """The ended job's answer put where it is awaited, and its end told. Its message is kept
        until the answer lies there: the worker that ended the job may have died before.
        """
        try:
            reply(job, self._blobs)
        except SamovarError as error:
            if error.retryable:
                return [delivery]
        announce(job, self._ports)
        return []

    def postpone(self, held: Held) -> None:
        """Hide the message for a while: longer each time it comes, as long as a lease at most."""
        wait_s = min(2**held.delivery.receive_count, self._limits.lease_ms // 1000)
        self.hide(held.delivery, wait_s)

    def hand_back(self, held: Held) -> list[Delivery]:
        """What there is no time for, to be seen again at once.

        A message that would be a dead letter by being received once more, though nothing was
        tried, has another in its place.
        """
        if held.delivery.receive_count + 1 >= self._limits.max_receives:
            return self._sent_again(held)
        self.hide(held.delivery, 0)
        return [held.delivery]

    def hide(self, delivery: Delivery, seconds: int) -> None:
        """Hide a message for so long from now, if that can be had."""
        try:
            self._queue.postpone(delivery.receipt, seconds)
        except SamovarError:
            return  # it comes again at its own time

    def _claim(self, held: Held) -> Held | None:
        """The job, if it can be had. One whose lease ran out was in the hands of a dead worker."""
        try:
            mine = jobs.claim(held.job, self._now_ms(), self._limits.lease_ms)
            if held.job.state is State.RUNNING:
                mine = replace(mine, faults=mine.faults + 1)
            if self._table.replace(mine):
                return replace(held, job=mine)
        except SamovarError:
            pass
        self.hide(held.delivery, self._until_free_s(held))
        return None

    def _until_free_s(self, held: Held) -> int:
        """When to look at a job again that another attempt has: soon, because most are short;
        after that, when its lease has run out, so that a dead worker costs few deliveries.
        """
        left_ms = held.job.lease_until_ms - self._now_ms()
        if held.delivery.receive_count == 1 or left_ms <= 0:
            return _SOON_S
        return min(left_ms, self._limits.lease_ms) // 1000 + 1

    def _load(self, job: Job) -> Payload:
        source = job.source
        body = self._blobs.get(source.uri) if source.uri else source.inline
        return Payload(body, source.content_type, job.id)

    def _succeeded(self, held: Held, answer: Payload) -> list[Delivery]:
        key = f"results/{held.job.id}/{held.fence}"
        kind = answer.content_type
        try:
            uri = self._blobs.put(key, answer.body, kind)
        except SamovarError as error:
            return self._failed(held, error)
        return self._finish(
            held,
            lambda job: jobs.succeed(job, held.fence, self._now_ms(), uri=uri, content_type=kind),
        )

    def _failed(self, held: Held, error: SamovarError) -> list[Delivery]:
        """A permanent error ends the job and consumes the message; a passing one comes again.

        On the message's last delivery the job says what was wrong, and the message goes on to
        the dead-letter queue. A part of a batch has nobody who would redrive it, and a batch
        that waits: it is tried as long as its batch would be, by other messages.
        """
        failure = Failure(error.code, error.message)
        last = held.delivery.receive_count >= self._limits.max_receives
        waits = bool(held.job.parent) and held.fence < self._limits.part_attempts
        if error.retryable and (waits or not last):
            self._move(lambda: jobs.release(held.job, held.fence, self._now_ms(), failure))
            if last:
                return self._sent_again(held, min(held.fence * 6, _LATER_S))
            self.postpone(held)
            return [held.delivery]
        kept = self._finish(held, lambda job: jobs.fail(job, held.fence, self._now_ms(), failure))
        return [held.delivery] if error.retryable else kept

    def _sent_again(self, held: Held, wait_s: int = 0) -> list[Delivery]:
        """Another message in the place of this one, which has been received too often."""
        try:
            self._queue.send([held.job.id], wait_s)
        except SamovarError:
            return [held.delivery]
        return []

    def _finish(self, held: Held, change: Callable[[Job], Job]) -> list[Delivery]:
        """End the job.

        An item that has moved on since it was last written here may still be this attempt's:
        a renewal whose answer was lost, or the sweeper's mark. Then it is ended as it stands.
        Where the fence is lost, the message is kept unless the job is over.
        """
        try:
            ended = change(held.job)
            if not self._table.replace(ended):
                now = self._table.get(held.job.id)
                if now is None or now.state.final:
                    return []
                ended = change(now)
                if not self._table.replace(ended):
                    return [held.delivery]
        except SamovarError:
            return [held.delivery]
        return self.replied(ended, held.delivery)

    def _move(self, change: Callable[[], Job]) -> None:
        """Write a transition if it can be written; if not, the message or the sweep will."""
        try:
            moved = change()
            if self._table.replace(moved):
                announce(moved, self._ports)
        except SamovarError:
            return

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
