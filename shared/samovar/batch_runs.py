"""A worker's turn at a batch: cut what there is time for, look at its parts, merge them.

A turn begins with a claim, like any attempt, and ends with the batch's progress written down
and a message for the next turn. Between turns the batch is `running`, under a lease that says
when the next turn is due: a message that comes before is one too many, and is dropped. What a
turn leaves behind when its worker dies is done again by the next one, to the same bytes.
"""

from collections.abc import Callable
from dataclasses import replace

from samovar import jobs
from samovar.batch_merge import Merged, Merger
from samovar.batch_parts import LOST, MISSING, Parts
from samovar.batch_plan import BatchLimits, pause_ms
from samovar.batch_split import Splitter
from samovar.batch_turn import Turn
from samovar.errors import JobConflict, SamovarError
from samovar.job_delivery import announce
from samovar.job_replies import reply
from samovar.jobs import Delivery, Failure, Job, State
from samovar.ports import BlobFiles, Clock, JobPorts, ModelStore
from samovar.rows import ANSWERS

_LIMITS = BatchLimits()


class BatchRunner:
    """Takes turns at batches. Each gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        files: BlobFiles,
        models: ModelStore,
        clock: Clock,
        limits: BatchLimits = _LIMITS,
    ) -> None:
        self._ports = ports
        self._table = ports.table
        self._clock = clock
        self._limits = limits
        self._parts = Parts(ports, files, clock, limits)
        self._splitter = Splitter(self._parts, files, models, limits)
        self._merger = Merger(ports, files, models, limits)

    def turn(self, job: Job, delivery: Delivery, time_left_ms: Callable[[], int]) -> list[Delivery]:
        """What there is time for. Nothing is raised: what cannot be done comes again."""
        turn = Turn(job, self._table, self._clock, time_left_ms)
        try:
            if job.state.final:
                return self._ended(turn)
            if jobs.is_late(job, turn.now_ms()):
                turn.write(jobs.expire(job, turn.now_ms()))
                return self._ended(turn)
            early_ms = job.lease_until_ms - turn.now_ms()
            if job.state is State.RUNNING and early_ms > 0:
                return self._early(delivery, early_ms)
            turn.begin()
            return self._work(turn)
        except SamovarError as error:
            return self._stopped(turn, delivery, error)

    def _work(self, turn: Turn) -> list[Delivery]:
        """Go on with the batch. Raises SamovarError."""
        if not turn.batch.split and not self._splitter.split(turn):
            return self._again(turn, 0 if self._out_of_time(turn) else self._limits.shortest_ms)
        job, batch = turn.job, turn.batch
        statuses = self._parts.statuses(job, batch)
        if MISSING in statuses:
            self._parts.look_for(job, batch, statuses)
        counted = replace(
            batch, done=batch.parts - statuses.count(MISSING), lost=statuses.count(LOST)
        )
        turn.save(counted)
        if MISSING in statuses:
            age_ms = turn.now_ms() - job.created_ms
            return self._again(turn, pause_ms(age_ms, self._limits))
        return self._merge(turn, statuses)

    def _merge(self, turn: Turn, statuses: bytearray) -> list[Delivery]:
        """The parts' answers put together, as many as there is time for. Raises SamovarError."""
        while turn.batch.merged < turn.batch.parts:
            if self._out_of_time(turn):
                return self._again(turn, 0)
            turn.save(self._merger.advance(turn.job, turn.batch, statuses))
        return self._succeed(turn, self._merger.join(turn.job, turn.batch))

    def _succeed(self, turn: Turn, merged: Merged) -> list[Delivery]:
        job = turn.job
        done = jobs.succeed(
            job, job.attempt, turn.now_ms(), uri=merged.output_uri, content_type=ANSWERS
        )
        done = replace(done, output_uri=merged.output_uri, failure_uri=merged.errors_uri)
        reply(done, self._ports.blobs)  # before its end, after which nobody may come again
        turn.write(done)
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
        turn.save(turn.batch, lease_ms=wait_ms)
        self._ports.queue.send([turn.job.id], -(-wait_ms // 1000))
        return []

    def _early(self, delivery: Delivery, early_ms: int) -> list[Delivery]:
        """A message before the lease's end. One that comes for the first time is one too many,
        or our clocks differ a little; one that comes again may be all that a dead worker left,
        and waits for the lease. Before it becomes a dead letter, another takes its place.
        """
        wait_s = -(-early_ms // 1000)
        if early_ms > self._limits.grace_ms and delivery.receive_count == 1:
            return []
        if delivery.receive_count + 1 >= self._limits.max_receives:
            self._ports.queue.send([delivery.job_id], wait_s)
            return []
        self._ports.queue.postpone(delivery.receipt, wait_s)
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
            turn.write(jobs.renew(told, job.attempt, turn.now_ms(), wait_ms))
            self._ports.queue.send([job.id], -(-wait_ms // 1000))
            return []
        turn.write(jobs.fail(job, job.attempt, turn.now_ms(), failure))
        return self._ended(turn)

    def _out_of_time(self, turn: Turn) -> bool:
        return turn.left_ms() <= self._limits.reserve_ms
