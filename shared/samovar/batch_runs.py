"""A worker's turn at a batch: cut what there is time for, look at its parts, merge them.

A turn begins with a claim, like any attempt, and ends with the batch's progress written down
and a message for the next turn. Between turns the batch is `running`, under a lease that says
when the next turn is due: a message that comes before is one too many, and is dropped. What a
turn leaves behind when its worker dies is done again by the next one, to the same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from samovar import jobs
from samovar.batch import Batch
from samovar.batch_input import BlobWindow
from samovar.batch_merge import Merged, Merger
from samovar.batch_parts import LOST, MISSING, Parts
from samovar.batch_plan import BatchLimits, cut_on, decided, pause_ms, size_of
from samovar.errors import InvalidInput, JobConflict, PayloadTooLarge, SamovarError
from samovar.job_delivery import announce
from samovar.job_replies import reply
from samovar.jobs import Delivery, Failure, Job, State
from samovar.lanes import LIGHT
from samovar.ports import BlobStreams, Clock, JobPorts, ModelStore
from samovar.rows import ANSWERS, check_kind, format_of
from samovar.rows.row import Cutter
from samovar.types import ModelSpec

_LIMITS = BatchLimits()
_MARGIN_MS = 30_000  # that a lease outlasts the invocation which took it


@dataclass(slots=True)
class Turn:
    """One worker's turn: the job as it was last written, and its time."""

    job: Job
    time_left_ms: Callable[[], int]

    @property
    def batch(self) -> Batch:
        """How far the batch had come when that was last written."""
        return self.job.batch or Batch()


class BatchRunner:
    """Takes turns at batches. Each gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        streams: BlobStreams,
        models: ModelStore,
        clock: Clock,
        limits: BatchLimits = _LIMITS,
    ) -> None:
        self._ports = ports
        self._table = ports.table
        self._streams = streams
        self._models = models
        self._clock = clock
        self._limits = limits
        self._parts = Parts(ports, streams, clock, limits)
        self._merger = Merger(ports, streams, models)

    def turn(self, job: Job, delivery: Delivery, time_left_ms: Callable[[], int]) -> list[Delivery]:
        """What there is time for. Nothing is raised: what cannot be done comes again."""
        turn = Turn(job, time_left_ms)
        try:
            if job.state.final:
                return self._ended(turn)
            if jobs.is_late(job, self._now_ms()):
                self._write(turn, jobs.expire(job, self._now_ms()))
                return self._ended(turn)
            early_ms = job.lease_until_ms - self._now_ms()
            if job.state is State.RUNNING and early_ms > 0:
                return self._early(delivery, early_ms)
            lease_ms = max(time_left_ms(), 0) + _MARGIN_MS
            mine = jobs.claim(job, self._now_ms(), lease_ms)
            self._write(turn, replace(mine, started_ms=job.started_ms or mine.started_ms))
            return self._work(turn)
        except SamovarError as error:
            return self._stopped(turn, delivery, error)

    def _work(self, turn: Turn) -> list[Delivery]:
        """Go on with the batch. Raises SamovarError."""
        if not turn.batch.split and not self._split(turn):
            return self._again(turn, 0 if self._out_of_time(turn) else self._limits.shortest_ms)
        job, batch = turn.job, turn.batch
        statuses = self._parts.statuses(job, batch)
        if MISSING in statuses:
            self._parts.look_for(job, batch, statuses)
        counted = replace(
            batch, done=batch.parts - statuses.count(MISSING), lost=statuses.count(LOST)
        )
        self._save(turn, counted)
        if MISSING in statuses:
            age_ms = self._now_ms() - job.created_ms
            return self._again(turn, pause_ms(age_ms, self._limits))
        return self._succeed(turn, self._merger.merge(job, counted, statuses))

    def _split(self, turn: Turn) -> bool:
        """Cut the file into parts; whether all of it is. Raises SamovarError."""
        spec = self._models.spec(turn.job.model)
        cutter = self._cutter(turn.job, spec)
        batch = turn.batch
        while not batch.split:
            if batch.parts >= batch.until:
                row_ms = self._parts.row_ms(turn.job, batch)
                if batch.parts and not row_ms and self._may_wait(turn.job, batch):
                    self._save(turn, batch)
                    return False
                known_ms = row_ms or spec.profile.request_ms
                batch = decided(batch, known_ms, spec.input.kind, self._limits)
                self._save(turn, batch)  # before any of it is cut: see batch_plan
            if self._out_of_time(turn):
                self._save(turn, batch)
                return False
            cut = cutter.cut(batch.at, size_of(batch, self._limits))
            if cut.rows:
                self._parts.submit(turn.job, batch, cut)
            batch = cut_on(batch, cut.rows, cut.next, last=cut.last)
        if not batch.rows:
            raise InvalidInput("the file has no rows")
        self._save(turn, batch)
        return True

    def _cutter(self, job: Job, spec: ModelSpec) -> Cutter:
        """What cuts the batch's file. Raises InvalidInput, PayloadTooLarge before it is read."""
        uri, most = job.source.uri, self._limits.max_bytes
        size = self._streams.size(uri)
        if not size:
            said = "is empty" if size == 0 else "is not there, or may not be read"
            raise InvalidInput(f"{uri[:200]} {said}: upload it first")
        if size > most:
            raise PayloadTooLarge(f"{uri[:200]} has {size} bytes; a batch has {most} at most")
        check_kind(job.source.content_type, spec.input.kind)
        window = BlobWindow(self._streams, uri, size)
        return format_of(job.source.content_type).cutter(window, spec, self._limits.rows)

    def _may_wait(self, job: Job, batch: Batch) -> bool:
        """Whether the first parts may still say how large the others should be."""
        young = self._now_ms() - job.created_ms < self._limits.first_wait_ms
        return young and batch.lane == LIGHT and batch.parts == self._limits.first_parts

    def _succeed(self, turn: Turn, merged: Merged) -> list[Delivery]:
        job = turn.job
        done = jobs.succeed(
            job, job.attempt, self._now_ms(), uri=merged.output_uri, content_type=ANSWERS
        )
        batch = replace(turn.batch, failed=merged.failed)
        output, errors = merged.output_uri, merged.errors_uri
        done = replace(done, batch=batch, output_uri=output, failure_uri=errors)
        reply(done, self._ports.blobs)  # before its end, after which nobody may come again
        self._write(turn, done)
        return self._ended(turn)

    def _ended(self, turn: Turn) -> list[Delivery]:
        """What is left to do for a batch that is over: its parts stopped, its end told."""
        job = turn.job
        if job.state is not State.SUCCEEDED:
            if not self._parts.cancel(job, turn.batch, lambda: self._out_of_time(turn)):
                self._ports.queue.send([job.id])
                return []
            reply(job, self._ports.blobs)
        announce(job, self._ports)
        return []

    def _again(self, turn: Turn, wait_ms: int) -> list[Delivery]:
        """The turn over: the next one is due when the lease ends, and has its message."""
        self._save(turn, turn.batch, lease_ms=wait_ms)
        self._ports.queue.send([turn.job.id], -(-wait_ms // 1000))
        return []

    def _early(self, delivery: Delivery, early_ms: int) -> list[Delivery]:
        """A message before the lease's end: one too many, or our clocks differ a little."""
        if early_ms > self._limits.grace_ms:
            return []
        self._ports.queue.postpone(delivery.receipt, -(-early_ms // 1000))
        return [delivery]

    def _stopped(self, turn: Turn, delivery: Delivery, error: SamovarError) -> list[Delivery]:
        """The turn cut short: by an error, or by somebody who has moved the batch on."""
        try:
            if not isinstance(error, JobConflict):
                return self._end(turn, error)
            found = self._table.get(turn.job.id)
            if found is not None and found.state.final:
                turn.job = found
                return self._ended(turn)
        except JobConflict:
            return []
        except SamovarError:
            return [delivery]
        return []  # somebody else goes on with it

    def _end(self, turn: Turn, error: SamovarError) -> list[Delivery]:
        """A passing error is tried again, a few times; any other ends the batch."""
        job, failure = turn.job, Failure(error.code, error.message)
        if job.state is not State.RUNNING:  # before its claim, or after its end: nothing is lost
            raise error
        if error.retryable and job.faults < self._limits.max_faults:
            wait_ms = min(self._limits.shortest_ms * 2**job.faults, self._limits.fault_ms)
            told = replace(job, failure=failure, faults=job.faults + 1)
            self._write(turn, jobs.renew(told, job.attempt, self._now_ms(), wait_ms))
            self._ports.queue.send([job.id], -(-wait_ms // 1000))
            return []
        self._write(turn, jobs.fail(job, job.attempt, self._now_ms(), failure))
        return self._ended(turn)

    def _save(self, turn: Turn, batch: Batch, lease_ms: int = -1) -> None:
        """Write down how far the batch has come. Raises JobConflict where the fence was lost."""
        if lease_ms < 0:
            lease_ms = max(turn.time_left_ms(), 0) + _MARGIN_MS
        job = replace(turn.job, batch=batch, failure=None, faults=0)
        self._write(turn, jobs.renew(job, job.attempt, self._now_ms(), lease_ms))

    def _write(self, turn: Turn, moved: Job) -> None:
        if not self._table.replace(moved):
            raise JobConflict(f"job {moved.id} has moved on")
        turn.job = moved

    def _out_of_time(self, turn: Turn) -> bool:
        return turn.time_left_ms() <= self._limits.reserve_ms

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
