"""text/csv: a row for each record under the header; a column `id` is the row's own.

Where a record ends is decided as Python's csv module does it, quoted line breaks and all. A
record that is no CSV (text after a closing quote, a quote that is never closed) ends with its
first line: it fails alone, and the next line is read as if nothing had been.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import orjson

from samovar.codecs.csv import value
from samovar.errors import (
    DuplicateName,
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    SamovarError,
)
from samovar.rows.records import BOM, MORE, RecordCutter
from samovar.rows.row import Cutter, Lines, Row, RowLimits, Window, check_count, refused
from samovar.types import Kind, ModelSpec, Payload

_JSON = "application/json"
_ID = "id"
_TEXT = "text"
# Possessive, so that a record takes linear time whatever is in it.
_FIELD = rb'(?:"(?:[^"]|"")*+"|[^",\r\n][^,\r\n]*+|)'
_RECORD = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Csv(Lines):
    """Comma-separated values in UTF-8."""

    def cutter(self, window: Window, spec: ModelSpec, limits: RowLimits) -> Cutter:
        """What cuts the file. Raises MalformedBody, DuplicateName, MissingTensor for its header."""
        start = window.read(0, limits.header_bytes)
        begin = len(BOM) if start.startswith(BOM) else 0
        whole = len(start) >= window.size
        end = end_of_record(start, begin, whole)
        if end == MORE:
            raise PayloadTooLarge(f"the header of the CSV has over {limits.header_bytes} bytes")
        header = start[begin:end]
        _check_header(_cells(header), spec)
        return RecordCutter(window, end_of_record, limits, end, header.rstrip(b"\r\n") + b"\n")

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:
        """A row for each record under the header, as JSON by column name, or its text."""
        records = _records(body.removeprefix(BOM))
        header = [name.strip() for name in _cells(next(records, b""))]
        _check_header(header, spec)
        found = list(islice(records, limits.chunk_rows + 1))
        check_count(len(found), limits)
        return [_row(record, header, spec) for record in found]


def end_of_record(data: bytes, start: int, whole: bool) -> int:  # noqa: FBT001 - EndOf says it
    """Where the record ends that begins there, its line's end included, or MORE."""
    match = _RECORD.match(data, start)
    at = match.end() if match else start
    if at == len(data):
        return at if whole else MORE
    if data[at] == _QUOTE and not whole:
        return MORE  # it is open as far as the data goes
    ended = _LINE_END.match(data, at) or _LINE_END.search(data, start)
    if ended is None:
        return len(data) if whole else MORE
    if ended[0] == b"\r" and ended.end() == len(data) and not whole:
        return MORE
    return ended.end()


_QUOTE = ord('"')


def _records(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        end = end_of_record(body, at, True)  # noqa: FBT003 - EndOf says it
        record = body[at:end].rstrip(b"\r\n")
        if record.strip():
            yield record
        at = end


def _cells(record: bytes) -> list[str]:
    """The cells of a record. Raises MalformedBody."""
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(f"not UTF-8: byte {error.start} of the row") from None
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        raise MalformedBody(f"not CSV: {error}") from None


def _row(record: bytes, header: Sequence[str], spec: ModelSpec) -> Row:
    fault = refused(record)
    if fault is not None:
        return Row(fault)
    try:
        cells = _cells(record)
    except SamovarError as error:
        return Row(error)
    if len(cells) != len(header):
        said = f"the row has {len(cells)} cells, the header {len(header)}"
        return Row(MalformedBody(said))
    named = dict(zip(header, cells, strict=True))
    own = named.pop(_ID, "") if _ID not in spec.input.columns else ""
    if spec.input.kind is Kind.TEXT:
        return Row(Payload(orjson.dumps({_TEXT: named[_TEXT]}), _JSON), own)
    row = {name: value(cell) for name, cell in named.items()}
    return Row(Payload(orjson.dumps({"row": row}), _JSON), own)


def _check_header(header: Sequence[str], spec: ModelSpec) -> None:
    names = [name.strip() for name in header]
    if not any(names):
        raise MalformedBody("the CSV is empty; its first line must name the columns")
    if "" in names:
        raise MalformedBody(f"column {names.index('') + 1} of the CSV has no name")
    twice, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise DuplicateName(f"the CSV has two columns '{twice[:80]}'")
    needed = (_TEXT,) if spec.input.kind is Kind.TEXT else spec.input.columns
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise MissingTensor(
            f"the CSV lacks the column '{lacking[0]}'; this model takes {', '.join(needed)}"
        )
