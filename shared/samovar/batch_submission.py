"""What makes a submission a batch, and a page of a batch's parts."""

import re
from dataclasses import replace

from samovar.batch import Batch
from samovar.batch_plan import part_id
from samovar.errors import InvalidInput, UnsupportedMediaType
from samovar.jobs import Job, JobPage, JobQuery
from samovar.lanes import LIGHT
from samovar.ports import JobTable
from samovar.rows import FORMATS, JSONL, ZIP, batch_type, check_kind, suffix_type
from samovar.submission import Submission
from samovar.types import Kind, ModelSpec

_ALWAYS = frozenset({JSONL, ZIP})
"""Formats that are a batch without being called one: no single request has them."""


_CURSOR = re.compile(r"[1-9][0-9]{0,8}")


def as_batch(wanted: Submission, spec: ModelSpec) -> Submission:
    """The submission, called a batch where it is one, with the media type of its format.

    It is one where the client says so, or where its media type is that of JSON lines or a zip;
    for a model of files these are files as any other. Raises InvalidInput for a batch that is
    no object, UnsupportedMediaType for a format whose rows the model does not take.
    """
    source = wanted.source
    essence = batch_type(source.content_type)
    is_one = bool(source.uri) and essence in _ALWAYS and spec.input.kind is not Kind.BYTES
    if not (wanted.batch or is_one):
        return wanted
    if not source.uri:
        raise InvalidInput("a batch is a file: send it as 'input_uri' or 'upload_id'")
    essence = essence or suffix_type(source.uri)
    if not essence:
        raise UnsupportedMediaType(
            f"'{source.content_type[:80]}' is no format of rows: set 'content_type' to one of "
            f"{', '.join(FORMATS)}"
        )
    check_kind(essence, spec.input.kind)
    return replace(wanted, batch=True, source=replace(source, content_type=essence))


def with_batch(job: Job, wanted: Submission) -> Job:
    """The job of a batch: its parts run in the job's lane, the batch itself in the light one."""
    if not wanted.batch:
        return job
    return replace(job, lane=LIGHT, batch=Batch(lane=job.lane))


def parts_page(table: JobTable, job: Job, query: JobQuery) -> JobPage:
    """A batch's parts in their order, a page at a time. Raises InvalidInput for a bad cursor."""
    batch, cursor = job.batch or Batch(), query.cursor
    start = int(cursor) if _CURSOR.fullmatch(cursor) else 0
    if cursor and not 0 < start < batch.parts:
        raise InvalidInput("cursor is not one that this list gave: begin again without it")
    end = min(start + query.limit, batch.parts)
    found = (table.get(part_id(job.id, batch, number)) for number in range(start, end))
    more = str(end) if end < batch.parts else ""
    return JobPage(tuple(part for part in found if part is not None), more)
