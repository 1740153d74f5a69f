"""A batch's file cut into parts, as far as there is time. Sees ports only."""

from dataclasses import replace

from samovar.batch import Batch
from samovar.batch_input import BlobWindow
from samovar.batch_parts import Parts
from samovar.batch_plan import BatchLimits, cut_on, decided, size_of
from samovar.batch_turn import Turn
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.jobs import Job
from samovar.lanes import LIGHT
from samovar.ports import BlobStreams, ModelStore
from samovar.rows import check_kind, format_of
from samovar.rows.row import Cutter
from samovar.types import ModelSpec


class Splitter:
    """Cuts files of rows."""

    def __init__(
        self, parts: Parts, streams: BlobStreams, models: ModelStore, limits: BatchLimits
    ) -> None:
        self._parts = parts
        self._streams = streams
        self._models = models
        self._limits = limits

    def split(self, turn: Turn) -> bool:
        """Cut on from where the last turn came to; whether all of the file is cut.

        The size of the chunks is decided, and written down, before a stretch of them is cut:
        see batch_plan. Raises SamovarError; JobConflict where somebody else has the batch.
        """
        spec = self._models.spec(turn.job.model)
        cutter = self._cutter(turn.job, spec)
        batch = turn.batch
        while not batch.split:
            if batch.parts >= batch.until:
                decision = self._decided(turn, batch, spec)
                turn.save(decision or batch)
                if decision is None:
                    return False
                batch = decision
            if turn.left_ms() <= self._limits.reserve_ms:
                turn.save(batch)
                return False
            cut = cutter.cut(batch.at, size_of(batch, self._limits))
            if cut.rows:
                self._parts.submit(turn.job, batch, cut, spec)
            batch = cut_on(batch, cut.rows, cut.next, last=cut.last)
        if not batch.rows:
            raise InvalidInput("the file has no rows")
        turn.save(batch)
        return True

    def _decided(self, turn: Turn, batch: Batch, spec: ModelSpec) -> Batch | None:
        """The batch with the size of its next chunks; None: the first ones may still tell."""
        row_ms = self._parts.row_ms(turn.job, batch)
        young = turn.now_ms() - turn.job.created_ms < self._limits.first_wait_ms
        first = batch.lane == LIGHT and batch.parts == self._limits.first_parts
        if first and young and not row_ms:
            return None
        row_ms = row_ms or spec.profile.request_ms
        found = decided(batch, row_ms, spec.input.kind, self._limits)
        return replace(found, chunk_rows=min(found.chunk_rows, spec.limits.max_rows))

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
