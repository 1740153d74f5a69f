"""Rows of a CSV: a request and its truth a record, under a header that names the columns."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from samovar.codecs.csv import value
from samovar.types import Kind, ModelSpec, Payload

from samovar_cli.optimising.cells import check_numbers, is_no_number
from samovar_cli.optimising.evaluation import FILE, JSON, Asked, Source

TRUTHS = ("truth", "label", "target", "value", "expected")
"""Columns whose name alone says that they are true, in this order."""
_TEXT = "text"
_OF_FILES = (Kind.IMAGE, Kind.AUDIO, Kind.BYTES)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header says: which columns make a request, and which are true."""

    header: Sequence[str]
    inputs: Sequence[str]
    truths: Mapping[str, str]


def read_csv(text: str, source: Source) -> Iterator[Asked]:
    """A request for each record. What is wrong is noted with its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns([name.strip() for name in next(reader, [])], source)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(one.strip() for one in cells):
                yield from _record(line, cells, columns, source)
    except csv.Error as error:
        source.faults.add(reader.line_num, f"not CSV: {error}")


def _record(line: int, cells: Sequence[str], columns: Columns, source: Source) -> Iterator[Asked]:
    if len(cells) != len(columns.header):
        said = f"{len(cells)} cells, and the header has {len(columns.header)}"
        source.faults.add(line, said)
        return
    row = dict(zip(columns.header, cells, strict=True))
    truth = {head: row[column].strip() for head, column in columns.truths.items()}
    for head, column in columns.truths.items():
        if not truth[head] or is_no_number(truth[head]):
            said = f"'{column}' is {truth[head] or 'empty'}: each row needs what is true"
            source.faults.add(line, said)
    payload = _payload(line, row, columns.inputs, source)
    if payload is not None:
        yield Asked(line, payload, truth)


def _payload(
    line: int, row: Mapping[str, str], inputs: Sequence[str], source: Source
) -> Payload | None:
    if list(inputs) == [FILE]:
        return source.file_payload(line, row[FILE])
    if source.spec.input.kind is Kind.TEXT:
        if not row[_TEXT].strip():
            source.faults.add(line, "'text' is empty")
        return Payload(orjson.dumps({_TEXT: row[_TEXT]}), JSON)
    said = {name: row[name] for name in inputs}
    check_numbers(line, said, source.faults)
    return Payload(orjson.dumps({"row": {name: value(one) for name, one in said.items()}}), JSON)


def _columns(header: Sequence[str], source: Source) -> Columns:
    """Raises InvalidInput where the header cannot be used."""
    faults = source.faults
    if not any(header):
        faults.add(1, "it is empty: the first line must name the columns")
        faults.check()
    if twice := next((name for name in header if header.count(name) > 1), ""):
        faults.add(1, f"two columns are called {twice!r}")
    inputs = _inputs(header, source.spec)
    if not inputs:
        faults.add(
            1, "the model names no columns: write its rows as JSON lines, as predict takes them"
        )
    has = ", ".join(header[:12])
    for name in (name for name in inputs if name not in header):
        faults.add(1, f"there is no column {name!r}, which the model takes; there are {has}")
    for name in (name for name in source.truths.values() if name not in header):
        faults.add(1, f"there is no column {name!r} for --truth; there are {has}")
    faults.check()
    return Columns(header, inputs, source.truths or _named_so(header, inputs))


def _inputs(header: Sequence[str], spec: ModelSpec) -> Sequence[str]:
    """The columns that make a request."""
    if spec.input.kind in _OF_FILES or (spec.input.kind is Kind.TEXT and FILE in header):
        return (FILE,)
    if spec.input.kind is Kind.TEXT:
        return (_TEXT,)
    return spec.input.columns or _tensors(spec)


def _tensors(spec: ModelSpec) -> tuple[str, ...]:
    """Of a model that names no columns: its tensors' names."""
    newest = max(spec.signatures, key=int, default="")
    return tuple(one.name for one in spec.signatures[newest].inputs) if newest else ()


def _named_so(header: Sequence[str], inputs: Sequence[str]) -> Mapping[str, str]:
    found = next((name for name in TRUTHS if name in header and name not in inputs), "")
    return {"": found} if found else {}
