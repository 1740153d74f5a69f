"""The user's rows: requests of a file, each with its line and with what is true of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samovar.errors import InvalidInput
from samovar.types import ModelSpec, Payload

from samovar_cli.media import media_type
from samovar_cli.optimising.cells import Faults

FILE, JSON = "file", "application/json"
_MOST_BYTES = 512_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, the line that it stands on, and what is true of it, by head ("": the task's)."""

    line: int
    payload: Payload
    truth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, in order."""

    name: str
    asked: Sequence[Asked]
    of: int = 0  # that there were, where only some are looked at

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """Their requests."""
        return tuple(one.payload for one in self.asked)

    @property
    def has_truth(self) -> bool:
        """Whether it says what is true of its rows."""
        return any(one.truth for one in self.asked)

    def some(self, most: int) -> "Rows":
        """So many of them at most, from all over."""
        count = len(self.asked)
        if count <= most:
            return self
        return Rows(self.name, [self.asked[at * count // most] for at in range(most)], count)

    def split(self, every: int, most: int) -> "tuple[Rows, Rows]":
        """Every so many-th row, and the others: no row is in both."""
        taken = [one for at, one in enumerate(self.asked) if at % every == 0][:most]
        lines = {one.line for one in taken}
        left = [one for one in self.asked if one.line not in lines]
        return Rows(self.name, taken), Rows(self.name, left, self.of)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of rows, the model that they are for, and what is wrong with them so far."""

    path: Path
    spec: ModelSpec
    truths: Mapping[str, str]  # head → column or key
    faults: Faults

    def file_payload(self, line: int, name: str) -> Payload | None:
        """The bytes of a file beside the rows; None, and a fault, where it is not there."""
        folder = self.path.parent.resolve()
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                self.faults.add(line, f"the file {name[:80]!r} leads out of the rows' folder")
                return None
            body = path.read_bytes()
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or "no file can have this name"
            self.faults.add(line, f"the file {name[:80]!r} cannot be read: {said}")
            return None
        return Payload(body, media_type(path.name, body, self.spec.input.kind))


Reader = Callable[[str, Source], Iterator[Asked]]


def read_rows(path: Path, spec: ModelSpec, truths: Sequence[str] = ()) -> Rows:
    """The requests of a .csv or .jsonl file for a model.

    `truths` name the columns (CSV) or keys (JSON lines) that are true, as `column` for the
    task's own head or `head=column`. Raises InvalidInput with `file:line: what is wrong` for as
    many rows as are wrong, up to a few.
    """
    reader = _reader(path)
    source = Source(path, spec, _pairs(truths), Faults(path.name))
    asked = tuple(reader(_text(path), source))
    source.faults.check()
    if not asked:
        raise InvalidInput(f"{path.name}: it has no rows")
    return Rows(path.name, asked)


def _reader(path: Path) -> Reader:
    from samovar_cli.optimising.rows_csv import read_csv
    from samovar_cli.optimising.rows_jsonl import read_jsonl

    readers = {".csv": read_csv, ".jsonl": read_jsonl, ".ndjson": read_jsonl}
    found = readers.get(path.suffix.lower())
    if found is None:
        raise InvalidInput(f"{path.name}: rows are read from a .csv or a .jsonl file")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidInput(f"{path.name} has over {_MOST_BYTES // 1_000_000} MB: take fewer")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 at byte {error.start}") from None


def _pairs(truths: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for said in truths:
        head, _, column = said.rpartition("=")
        found[head.strip()] = column.strip()
    return found
