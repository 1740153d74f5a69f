"""Jobs from the inside: a worker's batch of messages, run and ended exactly once.

What a worker writes for a job: the claim, the result's object, the end. A crash before the
claim leaves a queued job; between claim and end, a lease that runs out, after which the next
attempt writes its own object and the item names the winner. No order of duplicates, late
workers and crashes ends a job twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from samovar import jobs
from samovar.errors import JobConflict, SamovarError
from samovar.job_replies import reply
from samovar.jobs import Delivery, Failure, Job
from samovar.ports import Clock, JobPorts, ModelHost
from samovar.types import Payload


@dataclass(frozen=True, slots=True)
class RunLimits:
    """How a worker works. Times in milliseconds."""

    lease_ms: int = 60_000
    reserve_ms: int = 5_000  # kept free at the end of an invocation to hand the rest back
    max_receives: int = 5
    max_batch: int = 32


@dataclass(frozen=True, slots=True)
class Held:
    """A job that this worker has claimed, and the message that named it."""

    job: Job
    delivery: Delivery

    @property
    def fence(self) -> int:
        """The attempt's number: what gives the right to end the job."""
        return self.job.attempt


class JobRunner:
    """Runs deliveries. `run` gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        host: ModelHost,
        clock: Clock,
        limits: RunLimits = RunLimits(),
    ) -> None:
        self._table = ports.table
        self._queue = ports.queue
        self._blobs = ports.blobs
        self._host = host
        self._clock = clock
        self._limits = limits

    def run(
        self, deliveries: Sequence[Delivery], time_left_ms: Callable[[], int]
    ) -> list[Delivery]:
        """Run what there is time for. The deliveries that must come again, in any order.

        Jobs of one model go together, in batches; a message named twice in one batch is run
        once. Nothing is raised: what cannot be done is handed back.
        """
        kept: list[Delivery] = []
        ready = self._look_up(deliveries, kept)
        ready.sort(key=lambda held: (held.job.model, held.job.version, -held.job.priority))
        for batch in _batches(ready, self._limits.max_batch):
            if time_left_ms() <= self._limits.reserve_ms:
                kept += [held.delivery for held in batch]
                continue
            kept += self._run_batch(batch)
        return kept

    def _look_up(self, deliveries: Iterable[Delivery], kept: list[Delivery]) -> list[Held]:
        """The deliveries whose jobs are to be run; those to come again are added to `kept`."""
        ready: dict[str, Held] = {}
        for delivery in deliveries:
            try:
                job = self._table.get(delivery.job_id)
            except SamovarError:
                kept.append(delivery)
                continue
            if job is None or job.id in ready:
                continue  # forgotten, or a duplicate: the message has no more to say
            if job.state.final:
                kept += self._replied(job, delivery)
            elif jobs.is_late(job, self._now_ms()):
                self._end(partial(jobs.expire, job, self._now_ms()))
            else:
                ready[job.id] = Held(job, delivery)
        return list(ready.values())

    def _run_batch(self, batch: Sequence[Held]) -> list[Delivery]:
        kept: list[Delivery] = []
        claimed: list[Held] = []
        for held in batch:
            mine = self._claim(held)
            if mine is None:
                kept.append(held.delivery)
            else:
                claimed.append(mine)
        loaded: list[tuple[Held, Payload]] = []
        for held in claimed:
            try:
                loaded.append((held, self._load(held.job)))
            except SamovarError as error:
                kept += self._failed(held, error)
        for held, answer in self._answers(loaded):
            if isinstance(answer, SamovarError):
                kept += self._failed(held, answer)
            else:
                kept += self._succeeded(held, answer)
        return kept

    def _claim(self, held: Held) -> Held | None:
        """The job in this worker's hands, or None where another attempt has it."""
        try:
            mine = jobs.claim(held.job, self._now_ms(), self._limits.lease_ms)
            if self._table.replace(mine):
                return Held(mine, held.delivery)
        except SamovarError:
            pass
        self._postpone(held, growth=4)  # a dead worker's lease outlasts three deliveries, not five
        return None

    def _load(self, job: Job) -> Payload:
        source = job.source
        body = self._blobs.get(source.uri) if source.uri else source.inline
        return Payload(body, source.content_type, job.id)

    def _answers(
        self, loaded: Sequence[tuple[Held, Payload]]
    ) -> list[tuple[Held, Payload | SamovarError]]:
        if not loaded:
            return []
        job = loaded[0][0].job
        try:
            answers = self._host.predict_many(job.model, job.version, [p for _, p in loaded])
        except SamovarError as error:  # the model itself: every job of it has the same fate
            answers = [error] * len(loaded)
        return [(held, answer) for (held, _), answer in zip(loaded, answers, strict=True)]

    def _succeeded(self, held: Held, answer: Payload) -> list[Delivery]:
        job = held.job
        key = f"results/{job.id}/{held.fence}"
        try:
            uri = self._blobs.put(key, answer.body, answer.content_type)
            return self._finish(
                held,
                lambda: jobs.succeed(
                    job, held.fence, self._now_ms(), uri=uri, content_type=answer.content_type
                ),
            )
        except SamovarError as error:
            return self._failed(held, error)

    def _failed(self, held: Held, error: SamovarError) -> list[Delivery]:
        """A permanent error ends the job and consumes the message; a passing one comes again.

        On the message's last delivery the job says what was wrong, and the message goes on to
        the dead-letter queue.
        """
        failure = Failure(error.code, error.message)
        last = held.delivery.receive_count >= self._limits.max_receives
        if error.retryable and not last:
            self._end(lambda: jobs.release(held.job, held.fence, self._now_ms(), failure))
            self._postpone(held)
            return [held.delivery]
        kept = self._finish(held, lambda: jobs.fail(held.job, held.fence, self._now_ms(), failure))
        return [held.delivery] if error.retryable else kept

    def _finish(self, held: Held, change: Callable[[], Job]) -> list[Delivery]:
        """End the job. A lost fence means that somebody else did or will: nothing to keep."""
        try:
            ended = change()
            if self._table.replace(ended):
                return self._replied(ended, held.delivery)
        except JobConflict:
            return []
        except SamovarError:
            return [held.delivery]
        return self._lost(held)

    def _replied(self, job: Job, delivery: Delivery) -> list[Delivery]:
        """The ended job's answer put where it is awaited. Its message is kept until it lies
        there: the worker that ended the job may have died before.
        """
        try:
            reply(job, self._blobs)
        except SamovarError as error:
            return [delivery] if error.retryable else []
        return []

    def _lost(self, held: Held) -> list[Delivery]:
        """The item has moved on since the claim: keep the message unless the job is ended."""
        try:
            job = self._table.get(held.job.id)
        except SamovarError:
            return [held.delivery]
        return [] if job is None or job.state.final else [held.delivery]

    def _end(self, change: Callable[[], Job]) -> None:
        """Write a transition if it can be written; if not, the message or the sweep will."""
        try:
            self._table.replace(change())
        except SamovarError:
            return

    def _postpone(self, held: Held, growth: int = 2) -> None:
        """Hide the message for a while: longer each time it comes, as long as a lease at most."""
        wait_s = min(growth**held.delivery.receive_count, self._limits.lease_ms // 1000)
        try:
            self._queue.postpone(held.delivery.receipt, wait_s)
        except SamovarError:
            return  # it comes again at its own time

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _batches(ready: Sequence[Held], size: int) -> Iterable[Sequence[Held]]:
    """Runs of one model and version, of `size` at most."""
    start = 0
    for at, held in enumerate(ready):
        first = ready[start].job
        other = (held.job.model, held.job.version) != (first.model, first.version)
        if other or at - start == size:
            yield ready[start:at]
            start = at
    if ready:
        yield ready[start:]
