"""A chunk of rows → a request for each → one answer, a line for each, in order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from samovar.errors import SamovarError
from samovar.rows import ANSWERS, check_kind, format_of, read_rows_type
from samovar.rows.row import LIMITS, Fault, Row, check_count
from samovar.types import ModelSpec, Payload

Run = Callable[[Sequence[Payload]], Sequence[Payload | SamovarError]]

_UNPACKED_BYTES = 64 * 1024 * 1024  # of a chunk, all of which is in memory
_TOGETHER = 256
_TOGETHER_BYTES = 2 * 1024 * 1024  # of requests whose tensors are in memory at the same time


def answer_rows(payload: Payload, spec: ModelSpec, run: Run) -> Payload:
    """What the rows are answered with, as JSON lines. `run` answers some of them together.

    A row that is wrong fails alone. Raises InvalidInput for a chunk that is none,
    UnsupportedMediaType, PayloadTooLarge over the model's rows, and any passing error that a
    row met: the chunk is to be sent again.
    """
    essence, first = read_rows_type(payload.content_type)
    check_kind(essence, spec.input.kind)
    found = format_of(essence)
    limits = replace(LIMITS, chunk_rows=spec.limits.max_rows, unpacked_bytes=_UNPACKED_BYTES)
    rows = found.rows(payload.body, spec, limits)
    check_count(len(rows), limits)
    lines: list[bytes] = []
    for some in _together(rows):
        answers = _answers(some, run)
        for row, answer in zip(some, answers, strict=True):
            lines.append(found.line(first + len(lines), row, answer))
    return Payload(b"".join(lines), ANSWERS, payload.request_id)


def failed_rows(payload: Payload, spec: ModelSpec, error: Fault) -> bytes:
    """The lines of a chunk that failed as a whole: each of its rows fails with the error."""
    essence, first = read_rows_type(payload.content_type)
    found = format_of(essence)
    rows = found.rows(payload.body, spec, LIMITS)
    return b"".join(found.line(at, row, error) for at, row in enumerate(rows, first))


def _answers(rows: Sequence[Row], run: Run) -> list[Payload | SamovarError]:
    requests = [row.request for row in rows if isinstance(row.request, Payload)]
    ran = iter(run(requests)) if requests else iter(())
    answers = [next(ran) if isinstance(row.request, Payload) else row.request for row in rows]
    for answer in answers:
        if isinstance(answer, SamovarError) and answer.retryable:
            raise answer
    return answers


def _together(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in order, in groups that are not too large."""
    start, size = 0, 0
    for at, row in enumerate(rows):
        size += len(row.request.body) if isinstance(row.request, Payload) else 0
        if at + 1 - start >= _TOGETHER or size >= _TOGETHER_BYTES:
            yield rows[start : at + 1]
            start, size = at + 1, 0
    if start < len(rows):
        yield rows[start:]
