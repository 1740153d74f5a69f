"""text/csv → rows by column name, or texts from a column `text`."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO

from samovar.codecs.items import Items, Request, too_many_rows
from samovar.codecs.text import check_text, decode_charset
from samovar.errors import DuplicateName, MalformedBody, MissingTensor
from samovar.types import Kind

Value = str | int | float | None

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
# Possessive, so that a long cell that is no number at its end takes linear time.
_NUMBER = re.compile(r"[+-]?+([0-9]++(\.[0-9]*+)?+|\.[0-9]++)([eE][+-]?[0-9]{1,4})?")


def read(request: Request) -> Items:
    """A row for each line under the header, in order; never a single one.

    The first line names the columns. A cell that is written as a decimal number is a number
    (whole ones up to 18 digits stay whole), an empty one is null, any other is text; for a
    model that takes a text, the cells of the column `text` stay as they are. Blank lines are
    passed over. Raises MalformedBody with the row's number (the first under the header is
    1), DuplicateName, MissingTensor, PayloadTooLarge.
    """
    lines = _lines(request)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header, request)
    rows = list(_rows(lines, header, request))
    if request.kind is Kind.TEXT:
        at, limit = header.index("text"), request.limits.max_text_bytes
        texts = [check_text(row[at], limit, f"row {n}") for n, row in enumerate(rows, 1)]
        return Items(texts, single=False)
    named = [dict(zip(header, map(value, row), strict=True)) for row in rows]
    return Items(named, single=False)


def value(cell: str) -> Value:
    """A cell as a number where it is written as one, None where it is empty, else as it is."""
    stripped = cell.strip()
    if not stripped:
        return None
    if _INTEGER.fullmatch(stripped):
        return int(stripped)
    return float(stripped) if _NUMBER.fullmatch(stripped) else cell


def _lines(request: Request) -> Iterator[list[str]]:
    """Lines that are not blank, as cells. Raises MalformedBody."""
    reader = csv.reader(StringIO(decode_charset(request), newline=""), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise MalformedBody(f"the CSV is wrong in line {reader.line_num}: {error}") from None
        if cells:
            yield cells


def _check_header(header: list[str], request: Request) -> None:
    if not header:
        raise MalformedBody("the CSV is empty; its first line must name the columns")
    if "" in header:
        raise MalformedBody(f"column {header.index('') + 1} of the CSV has no name")
    counts = Counter(header)
    if len(counts) < len(header):
        twice = counts.most_common(1)[0][0]
        raise DuplicateName(f"the CSV has two columns '{twice[:80]}'")
    if request.kind is Kind.TEXT and "text" not in header:
        raise MissingTensor("this model takes a text; the CSV lacks the column 'text'")


def _rows(lines: Iterator[list[str]], header: list[str], request: Request) -> Iterator[list[str]]:
    for number, cells in enumerate(lines, 1):
        if number > request.limits.max_rows:
            raise too_many_rows(number, request.limits)
        if len(cells) != len(header):
            raise MalformedBody(
                f"row {number} of the CSV has {len(cells)} cells, its header {len(header)}"
            )
        yield cells
