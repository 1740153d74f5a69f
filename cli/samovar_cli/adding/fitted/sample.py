"""Rows that a person brings, as a CSV with a header. Runs in the child process."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from samovar.codecs.csv import value
from samovar.errors import CommandFailed

from samovar_cli.adding.fitted.features import Learnt

MOST_ROWS = 20_000
_MOST_BYTES = 200_000_000
_TRUTH = {"true": 1, "false": 0}


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's header and cells as they are written, with the line of each row."""

    path: Path
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    is_cut: bool = False  # whether the file has more

    def column(self, name: str) -> list[str]:
        """Its cells."""
        at = self.header.index(name)
        return [row[at] for row in self.cells]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of numbers (float64, NaN where empty) or of texts, each (rows,)."""

    names: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]
    lines: tuple[int, ...] = ()  # of the file; () where they are made up
    filled: tuple[bool, ...] = ()  # columns in which an empty text is a missing one

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def texts(self) -> tuple[bool, ...]:
        """Whether each column holds texts."""
        return tuple(column.dtype == object for column in self.columns)

    def table(self) -> NDArray[Any]:
        """(rows, columns): float64, or objects where a column holds texts."""
        kind = object if any(self.texts) else np.float64
        return np.stack([column.astype(kind) for column in self.columns], axis=1)

    def frame(self) -> NDArray[Any]:
        """The table as scikit-learn has it: NaN for a text that is missing."""
        table = self.table()
        for at in np.flatnonzero(self.filled):
            table[table[:, at] == "", at] = np.nan
        return table

    def row(self, number: int) -> dict[str, Any]:
        """A row as JSON has it; None where a number is missing."""
        found = {}
        for name, column in zip(self.names, self.columns, strict=True):
            cell = column[number]
            if not isinstance(cell, str):
                cell = None if np.isnan(cell) else float(cell)
                cell = int(cell) if cell is not None and cell.is_integer() else cell
            found[name] = cell
        return found


def read_sample(path: Path) -> Sample:
    """The file. Raises CommandFailed with the line that is wrong."""
    if not path.is_file():
        raise CommandFailed(f"there is no file {path} for --sample: name a CSV with a header")
    if path.stat().st_size > _MOST_BYTES:
        raise CommandFailed(f"{path} has over 200 MB: a few thousand rows are enough of a sample")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(name.strip() for name in next(reader, []))
            _check_header(path, header)
            found = list(islice(_numbered(path, reader, header), MOST_ROWS + 1))
    except UnicodeDecodeError:
        raise CommandFailed(f"{path} is no text in UTF-8") from None
    except csv.Error as error:
        raise CommandFailed(f"{path}:{reader.line_num}: {error}") from None
    if not found:
        raise CommandFailed(f"{path} has a header and no rows")
    lines, cells = zip(*found[:MOST_ROWS], strict=True)
    return Sample(path, header, cells, lines, is_cut=len(found) > MOST_ROWS)


def _numbered(
    path: Path, reader: Any, header: tuple[str, ...]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with their lines; blank ones are passed over. Raises CommandFailed."""
    for row in reader:
        if row:
            _check_row(path, reader.line_num, row, header)
            yield reader.line_num, tuple(row)


def typed(sample: Sample, names: Sequence[str], known: Sequence[Learnt]) -> Rows:
    """The columns of these names. Raises CommandFailed where one is not there or is no number."""
    lacking = [name for name in names if name not in sample.header]
    if lacking:
        raise CommandFailed(
            f"{sample.path} lacks the column {lacking[0]!r}, which the estimator was fitted on; it "
            f"has {', '.join(sample.header)}"
        )
    columns = [
        _column(sample, name, learnt.takes_texts) for name, learnt in zip(names, known, strict=True)
    ]
    filled = tuple(learnt.is_filled for learnt in known)
    return Rows(tuple(names), tuple(columns), sample.lines, filled)


def truth_columns(sample: Sample, names: Sequence[str], known: Sequence[Learnt]) -> tuple[str, ...]:
    """Columns of true and false, in any case of letters, that are no texts to the estimator."""
    return tuple(
        name
        for name, learnt in zip(names, known, strict=True)
        if name in sample.header and not learnt.takes_texts and _is_truth(sample.column(name))
    )


def _is_truth(cells: Sequence[str]) -> bool:
    return any(cells) and all(not cell.strip() or cell.strip().lower() in _TRUTH for cell in cells)


def _check_header(path: Path, header: tuple[str, ...]) -> None:
    if not header:
        raise CommandFailed(f"{path} is empty; its first line must name the columns")
    parted = next((sign for sign in (";", "\t", "|") if len(header) == 1 and sign in header[0]), "")
    if parted:
        raise CommandFailed(f"{path}:1: cells are parted by {parted!r}: save it with commas")
    if len(set(header)) < len(header) or "" in header:
        raise CommandFailed(f"{path}:1: each column needs a name of its own")
    if all(isinstance(value(name), int | float) for name in header):
        raise CommandFailed(f"{path}:1: these are numbers: its first line must name the columns")


def _check_row(path: Path, line: int, row: list[str], header: tuple[str, ...]) -> None:
    if len(row) != len(header):
        raise CommandFailed(f"{path}:{line}: {len(row)} cells, and the header has {len(header)}")


def _column(sample: Sample, name: str, is_text: bool) -> NDArray[Any]:
    cells = sample.column(name)
    truth = not is_text and _is_truth(cells)
    values = [_TRUTH.get(cell.strip().lower()) if truth else value(cell) for cell in cells]
    wrong = [number for number, found in enumerate(values) if isinstance(found, str)]
    if is_text or (wrong and len(wrong) * 2 > sum(found is not None for found in values)):
        return np.array(cells, object)
    if wrong:
        raise CommandFailed(
            f"{sample.path}:{sample.lines[wrong[0]]}: column {name!r} has {cells[wrong[0]]!r} "
            "among numbers: leave the cell empty where a value is missing"
        )
    return np.array([np.nan if found is None else found for found in values], np.float64)
