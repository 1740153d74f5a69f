"""Recorded arrivals: a CSV file of times. Raises CommandFailed for a file that is none."""

import csv
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from samovar.errors import CommandFailed

from samovar_cli.simulate.arrivals import Seconds
from samovar_cli.simulate.bodies import Sizes

_MOST_ROWS = 50_000_000
_MOST_BYTES = 1e12


def read_trace(path: Path, column: str = "") -> Seconds:
    """Arrivals of a CSV file, seconds from the first one; float64 (n,), ascending.

    The column holds seconds or times (2026-11-23 10:15:46.68); the first column by default.
    A header is recognised by its first field, which is neither. Raises CommandFailed with the
    line that is wrong: not a time, negative, or before the line above it.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            times = np.fromiter(_times(path, csv.reader(file), column), np.float64)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandFailed(f"the trace {path} cannot be read: {error}") from None
    if not len(times):
        raise CommandFailed(f"the trace {path} has no arrivals")
    return np.asarray(times - times[0])


def read_sizes(path: Path, column: str) -> Sizes:
    """The bytes of each request of a trace, from a column of that name; int64 (n,).

    Raises CommandFailed with the line that is wrong: not a number, negative.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return np.fromiter(_sizes(path, csv.reader(file), column), np.int64)


def _sizes(path: Path, rows: Iterable[list[str]], column: str) -> Iterator[int]:
    at = -1
    for line, row in enumerate(rows, 1):
        if not row:
            continue
        if at < 0:
            at = _column(path, row, column)
            continue
        yield _size(path, line, row[at] if at < len(row) else "")


def _size(path: Path, line: int, said: str) -> int:
    try:
        size = float(said)
    except ValueError:
        size = math.nan
    if not 0 <= size <= _MOST_BYTES:
        raise _wrong(path, line, f"{said[:40]!r} is no size in bytes")
    return round(size)


def _times(path: Path, rows: Iterable[list[str]], column: str) -> Iterator[float]:
    at, last = -1, -math.inf
    for line, row in enumerate(rows, 1):
        if not row:
            continue
        if at < 0:
            at = _column(path, row, column)
            if column or _time(row[at]) is None:
                continue
        if line > _MOST_ROWS:
            raise CommandFailed(f"the trace {path} has over {_MOST_ROWS:,} lines; cut it")
        last = _checked(path, line, row[at] if at < len(row) else "", last)
        yield last


def _column(path: Path, header: list[str], column: str) -> int:
    if not column:
        return 0
    if column not in header:
        said = ", ".join(name[:40] for name in header[:10])
        raise CommandFailed(f"the trace {path} has no column '{column}'; it has {said}")
    return header.index(column)


def _checked(path: Path, line: int, said: str, last: float) -> float:
    """Raises CommandFailed for what is no time, or no time after the last one."""
    time = _time(said)
    if time is None:
        raise _wrong(path, line, f"{said[:40]!r} is neither seconds nor a time")
    if time < 0:
        raise _wrong(path, line, f"{said[:40]} is negative")
    if time < last:
        raise _wrong(path, line, "it is before the line above; sort the trace by time")
    return time


def _time(said: str) -> float | None:
    """Seconds; those of a date and time from 1970, in UTC where it names no zone."""
    try:
        found = float(said)
    except ValueError:
        return _date(said)
    return found if math.isfinite(found) else None


def _date(said: str) -> float | None:
    try:
        # Python reads six digits of a second; some traces have seven.
        whole, dot, part = said.strip().partition(".")
        found = datetime.fromisoformat(whole + dot + part[:6] if part.isdigit() else said.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _wrong(path: Path, line: int, said: str) -> CommandFailed:
    return CommandFailed(f"the trace {path}, line {line}: {said}")
