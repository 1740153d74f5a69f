"""A row, a piece of a file of rows, and what every format of rows does."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import orjson

from samovar.errors import InvalidInput, MalformedBody, PayloadTooLarge, SamovarError, UnsafeInput
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass

_PREDICTIONS = "predictions"


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What a file of rows may ask; checked before memory is taken. Sizes in bytes."""

    row_bytes: int = 4 * 1024 * 1024  # of one row; a longer one fails, and the others do not
    chunk_rows: int = 4096  # of one chunk
    header_bytes: int = 64 * 1024
    entries: int = 100_000  # of a zip
    entry_bytes: int = 16 * 1024 * 1024  # of one file in it, unpacked
    unpacked_bytes: int = 16 * 1024**3  # of all of them
    ratio: int = 200  # of unpacked to packed, of a file over a megabyte
    directory_bytes: int = 32 * 1024 * 1024  # of a zip's list of files


LIMITS = RowLimits()


def check_count(count: int, limits: RowLimits) -> None:
    """Raises PayloadTooLarge for a chunk of too many rows, before any is taken apart."""
    if count > limits.chunk_rows:
        said = f"over {limits.chunk_rows}" if count == limits.chunk_rows + 1 else count
        raise PayloadTooLarge(f"{said} rows in one request; {limits.chunk_rows} at most are taken")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chunk: a request of its own, or why it is none. `id` is the sender's own."""

    request: Payload | SamovarError
    id: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the next chunk is to be; a chunk has one row at least."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A chunk: a small file of the same format; where the next one begins; whether it is all."""

    body: bytes
    rows: int
    next: int
    last: bool


class Window(Protocol):
    """A file that is read piece by piece."""

    @property
    def size(self) -> int:
        """Its bytes."""
        ...

    def read(self, start: int, length: int) -> bytes:
        """A part of it, shorter at its end. Raises StorageUnavailable, InvalidInput."""
        ...


class Cutter(Protocol):
    """One file, being cut. The same place and the same size give the same chunk each time."""

    def cut(self, at: int, size: Size) -> Cut:
        """The chunk that begins at a place; the first one is 0. Raises InvalidInput."""
        ...


class RowFormat(Protocol):
    """A format of rows: how its files are cut, its chunks read, its answers written."""

    def cutter(self, window: Window, spec: ModelSpec, limits: RowLimits) -> Cutter:
        """What cuts a file. Raises InvalidInput, PayloadTooLarge for one that is wrong whole."""
        ...

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:
        """The rows of a chunk, in order. Raises InvalidInput for a chunk that is none."""
        ...

    def line(self, number: int, row: Row, answer: "Payload | Fault") -> bytes:
        """What a row is answered with: a line of JSON. A failed row's begins `{"error":`."""
        ...


FAILED = b'{"error":'
"""How the line of a row that failed begins, and no other line."""


class Fault(Protocol):
    """Why a row failed: an error, or what is kept of one."""

    @property
    def code(self) -> str:
        """The stable code."""
        ...

    @property
    def message(self) -> str:
        """What to do."""
        ...


class Lines:
    """How the rows of every format of ours are answered."""

    def line(self, number: int, row: Row, answer: "Payload | Fault") -> bytes:
        """`{"row", "id"?, "response"}`, or `{"error": {"code", "message"}, "row", "id"?}`."""
        own = b'"row":%d' % number
        if row.id:
            own += b',"id":' + orjson.dumps(row.id)
        if isinstance(answer, Payload):
            return b'{%s,"response":%s}\n' % (own, _document(answer))
        said = orjson.dumps({"code": answer.code, "message": answer.message})
        return b"%s%s,%s}\n" % (FAILED, said, own)


def _document(answer: Payload) -> bytes:
    """An answer without the id of its request; one prediction of a list of one stands alone."""
    document = orjson.loads(answer.body)
    document.pop("id", None)
    found = document.get(_PREDICTIONS)
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict):
        document = {k: v for k, v in document.items() if k != _PREDICTIONS} | found[0]
    return orjson.dumps(document)


_REFUSALS: Mapping[str, type[SamovarError]] = {
    cls.code: cls for cls in (InvalidInput, MalformedBody, PayloadTooLarge, UnsafeInput)
}
_MARK = b"\0refused:"


def refusal(error: SamovarError) -> bytes:
    """What stands in a chunk for a row that cannot be in it: why it failed already."""
    return _MARK + f"{error.code}:{error.message}".encode()


def refused(record: bytes) -> SamovarError | None:
    """The error that stands for a row; None where the row itself is there."""
    if not record.startswith(_MARK):
        return None
    code, _, message = record[len(_MARK) :].decode("utf-8", "replace").partition(":")
    return _REFUSALS.get(code, InvalidInput)(message.strip())
