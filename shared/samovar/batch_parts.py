"""The parts of a batch: made, counted, looked for, cancelled. Sees ports only.

A part is over when its answer, or its error, lies under the name that it was given. Whoever
ends a part puts it there (see job_replies); what ended without a word is found here.
"""

from collections.abc import Callable, Iterator

from samovar import jobs
from samovar.batch import Batch
from samovar.batch_plan import (
    ANSWERED,
    FAILED,
    BatchLimits,
    answer_key,
    answers_prefix,
    chunk_key,
    part_id,
)
from samovar.errors import JobConflict, JobNotFound, SamovarError, StorageUnavailable
from samovar.job_replies import refuse, reply
from samovar.jobs import Failure, Job, Source, State
from samovar.lanes import HEAVY, expected_ms
from samovar.ports import BlobStreams, Clock, JobPorts
from samovar.router import Router
from samovar.routing import Asked, Route
from samovar.rows import count_of, rows_type
from samovar.rows.row import Cut
from samovar.types import ModelSpec

MISSING, DONE, LOST = 0, 1, 2
"""What has become of a part: not over, answered, failed as a whole."""


class Parts:
    """The parts of batches."""

    def __init__(
        self, ports: JobPorts, streams: BlobStreams, clock: Clock, limits: BatchLimits
    ) -> None:
        self._router = Router(ports, clock, limits.routes)
        self._ports = ports
        self._table = ports.table
        self._streams = streams
        self._clock = clock
        self._limits = limits

    def submit(self, job: Job, batch: Batch, cut: Cut, spec: ModelSpec) -> None:
        """The next part made and sent; one that is there already is left as it is.

        Raises StorageUnavailable; SamovarError where another cut made this part.
        """
        key = chunk_key(job.id, batch, cut.rows)
        uri = self._ports.blobs.put(key, cut.body, "application/octet-stream")
        kind = rows_type(job.source.content_type, batch.rows + 1, cut.rows)
        route = self._route(job, batch, cut, spec)
        part = self._part(job, batch, Source(kind, uri=uri), route)
        if self._table.create(part):
            if route.reason:
                self._ports.routed(part)
        else:
            known = self._table.get(part.id)
            if known is None:
                raise StorageUnavailable(f"part {batch.parts} cannot be read: try again")
            if known.source != part.source:
                raise SamovarError(f"part {batch.parts} was cut otherwise before")
            if known.state is not State.QUEUED or known.attempt:
                return
            part = known  # by another's count, it may have another lane
        self._ports.queue_of(part).send([part.id])

    def statuses(self, job: Job, batch: Batch) -> bytearray:
        """What has become of each part, by its number: MISSING, DONE or LOST."""
        found = bytearray(batch.parts)
        prefix = answers_prefix(job.id, batch)
        for key in self._streams.names(prefix):
            name = key.removeprefix(prefix)
            number, ending = name.partition(".")[0], name[name.find(".") :]
            if not number.isdecimal() or int(number) >= batch.parts:
                continue
            if ending == ANSWERED:
                found[int(number)] = DONE
            elif ending == FAILED and found[int(number)] == MISSING:
                found[int(number)] = LOST
        return found

    def look_for(self, job: Job, batch: Batch, statuses: bytearray) -> None:
        """Mark those of the missing parts that are over after all: a few of the first ones."""
        looked = 0
        at = statuses.find(MISSING)
        while at >= 0 and looked < self._limits.looks:
            statuses[at] = self._status(job, batch, at)
            looked += 1
            at = statuses.find(MISSING, at + 1)

    def row_ms(self, job: Job, batch: Batch) -> float:
        """What a row takes, by the newest or the first parts of the light lane; 0: none was run."""
        first = self._limits.first_parts
        newest = range(batch.parts - 1, max(batch.parts - 1 - first, -1), -1)
        for number in dict.fromkeys((*newest, *range(min(first, batch.parts)))):
            part = self._table.get(part_id(job.id, batch, number))
            rows = count_of(part.source.content_type) if part else 0
            if part and rows and part.state is State.SUCCEEDED and part.lane != HEAVY:
                return max(part.finished_ms - part.started_ms, 1) / rows
        return 0.0

    def all(self, job: Job, batch: Batch) -> Iterator[Job]:
        """The parts that there are, those of a worker that was stopped since among them."""
        number = 0
        while True:
            part = self._table.get(part_id(job.id, batch, number))
            if part is not None:
                yield part
            elif number >= batch.parts:
                return
            number += 1

    def cancel(self, job: Job, batch: Batch, out_of_time: Callable[[], bool]) -> bool:
        """The parts cancelled; False where there was no time for all of them."""
        for part in self.all(job, batch):
            if out_of_time():
                return False
            if not part.state.final:
                self._cancel(part)
        return True

    def _route(self, job: Job, batch: Batch, cut: Cut, spec: ModelSpec) -> Route:
        """The batch's lane; where that is the light one, a part of an `auto` model has its own."""
        if batch.lane == HEAVY:
            return Route(batch.lane, job.lane_reason)
        ms = expected_ms(spec.profile, len(cut.body) // cut.rows)
        asked = Asked(part_id(job.id, batch, batch.parts), len(cut.body), ms, cut.rows)
        return self._router.by_load(spec, asked)

    def _part(self, job: Job, batch: Batch, source: Source, route: Route) -> Job:
        now = self._clock.now_ns() // 1_000_000
        return Job(
            id=part_id(job.id, batch, batch.parts),
            model=job.model,
            version=job.version,
            source=source,
            lane=route.lane,
            lane_reason=route.reason,
            created_ms=now,
            changed_ms=now,
            deadline_ms=job.deadline_ms,
            expires_s=job.expires_s,
            priority=job.priority,
            reply_key=answer_key(job.id, batch, batch.parts),
            parent=job.id,
        )

    def _status(self, job: Job, batch: Batch, number: int) -> int:
        """What has become of a part by its job, whose answer is then put where it belongs."""
        part = self._table.get(part_id(job.id, batch, number))
        key = answer_key(job.id, batch, number)
        if part is None:
            refuse(key, Failure(JobNotFound.code, "the part was forgotten"), self._ports.blobs)
            return LOST
        if not part.state.final:
            return MISSING
        if part.state in (State.SUCCEEDED, State.FAILED):
            reply(part, self._ports.blobs)
            return DONE if part.state is State.SUCCEEDED else LOST
        failure = Failure(JobConflict.code, f"the part was {part.state}")
        refuse(key, failure, self._ports.blobs, part.id)
        return LOST

    def _cancel(self, part: Job) -> None:
        try:
            self._table.replace(jobs.cancel(part, self._clock.now_ns() // 1_000_000))
        except JobConflict:
            return
