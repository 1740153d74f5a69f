"""Parts' answers → one file of answers and one of errors, in the order of the rows.

Both are written as streams, from the parts' answers read as streams: what is held does not
grow with the batch. Many parts are merged a segment at a time, as there is time for, and the
segments are joined where they lie. A part that failed as a whole gives each of its rows its error.
"""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from samovar.batch import Batch
from samovar.batch_parts import DONE, LOST
from samovar.batch_plan import (
    ANSWERED,
    FAILED,
    BatchLimits,
    answer_key,
    part_id,
    segment_key,
    whole_key,
)
from samovar.errors import InvalidInput, SamovarError
from samovar.jobs import Failure, Job
from samovar.ports import BlobFiles, JobPorts, ModelStore
from samovar.rows import ANSWERS, row
from samovar.rows.expansion import failed_rows
from samovar.types import Payload
from samovar.values import dataclass

_BLOCK = 4 * 1024 * 1024
OUTPUT, ERRORS = "output", "errors"


@dataclass(frozen=True, slots=True)
class Merged:
    """Where a batch's answers and errors lie ("" where there are none)."""

    output_uri: str
    errors_uri: str


class Merger:
    """Merges the parts of batches."""

    def __init__(
        self, ports: JobPorts, files: BlobFiles, models: ModelStore, limits: BatchLimits
    ) -> None:
        self._ports = ports
        self._files = files
        self._models = models
        self._segment = limits.segment

    def advance(self, job: Job, batch: Batch, statuses: bytearray) -> Batch:
        """The next segment merged. The same parts give the same bytes. Raises StorageUnavailable.

        A batch of one segment has it where the whole is to lie.
        """
        numbers = range(batch.merged, min(batch.merged + self._segment, batch.parts))
        faulty: set[int] = set()
        answers = self._answers(job, batch, statuses, numbers, faulty)
        self._files.write(self._key(job, batch, OUTPUT, batch.merged), answers, ANSWERS)
        count = _Count()
        several = batch.parts > self._segment  # each then has its errors, be they none
        if several or faulty or LOST in statuses[numbers.start : numbers.stop]:
            errors = count.over(self._errors(job, batch, statuses, numbers, faulty))
            self._files.write(self._key(job, batch, ERRORS, batch.merged), errors, ANSWERS)
        return replace(batch, merged=numbers.stop, failed=batch.failed + count.lines)

    def join(self, job: Job, batch: Batch) -> Merged:
        """The whole of a batch whose segments are all there. Raises StorageUnavailable."""
        output = self._join(job, batch, OUTPUT)
        return Merged(output, self._join(job, batch, ERRORS) if batch.failed else "")

    def _join(self, job: Job, batch: Batch, name: str) -> str:
        whole = whole_key(job.id, job.reply_key, name)
        if batch.parts <= self._segment:
            return self._ports.blobs.uri(whole)
        firsts = range(0, batch.parts, self._segment)
        keys = (segment_key(job.id, batch, first, name) for first in firsts)
        return self._files.join(whole, [self._ports.blobs.uri(key) for key in keys], ANSWERS)

    def _key(self, job: Job, batch: Batch, name: str, first: int) -> str:
        if batch.parts <= self._segment:
            return whole_key(job.id, job.reply_key, name)
        return segment_key(job.id, batch, first, name)

    def _answers(
        self, job: Job, batch: Batch, statuses: bytearray, numbers: range, faulty: set[int]
    ) -> Iterator[bytes]:
        """The lines of rows that were answered; parts that have others are put into `faulty`."""
        for number in numbers:
            if statuses[number] == DONE:
                for block in self._blocks(self._uri(job, batch, number)):
                    answers, errors = _parted(block)
                    if errors:
                        faulty.add(number)
                    yield answers

    def _errors(
        self, job: Job, batch: Batch, statuses: bytearray, numbers: range, faulty: set[int]
    ) -> Iterator[bytes]:
        for number in numbers:
            if statuses[number] == LOST:
                yield self._lost(job, batch, number)
            elif number in faulty:
                for block in self._blocks(self._uri(job, batch, number)):
                    yield _parted(block)[1]

    def _blocks(self, uri: str) -> Iterator[bytes]:
        """An object in blocks of whole lines."""
        at, rest = 0, b""
        while True:
            data = self._files.read(uri, at, _BLOCK)
            at += len(data)
            held = rest + data
            end = held.rfind(b"\n") + 1
            yield held[:end]
            rest = held[end:]
            if len(data) < _BLOCK:
                break
        if rest:
            yield rest + b"\n"

    def _lost(self, job: Job, batch: Batch, number: int) -> bytes:
        """The lines of a part that failed as a whole, by the rows of its chunk."""
        error = self._failure(job, batch, number)
        part = self._ports.table.get(part_id(job.id, batch, number))
        try:
            if part is None:
                raise InvalidInput("the part was forgotten")
            chunk = self._ports.blobs.get(part.source.uri)
            payload = Payload(chunk, part.source.content_type)
            return failed_rows(payload, self._models.spec(job.model), error)
        except InvalidInput:  # nobody can say any more which rows these were
            said = {"code": error.code, "message": error.message}
            return row.FAILED + orjson.dumps(said) + b',"part":%d}\n' % number

    def _failure(self, job: Job, batch: Batch, number: int) -> Failure:
        said = self._ports.blobs.get(self._uri(job, batch, number, FAILED))
        found = orjson.loads(said)
        return Failure(found.get("code", SamovarError.code), found.get("error", ""))

    def _uri(self, job: Job, batch: Batch, number: int, ending: str = ANSWERED) -> str:
        return self._ports.blobs.uri(answer_key(job.id, batch, number) + ending)


def _parted(block: bytes) -> tuple[bytes, bytes]:
    """The lines of rows that were answered, and those of rows that failed."""
    if row.FAILED not in block:
        return block, b""
    answers: list[bytes] = []
    errors: list[bytes] = []
    for line in block.split(b"\n"):
        if line:
            (errors if line.startswith(row.FAILED) else answers).append(line + b"\n")
    return b"".join(answers), b"".join(errors)


class _Count:
    """Counts the lines of what goes by."""

    def __init__(self) -> None:
        self.lines = 0

    def over(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.lines += block.count(b"\n")
            yield block
