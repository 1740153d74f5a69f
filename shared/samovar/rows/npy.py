"""application/x-npy: a row for each entry of the first axis."""

from collections.abc import Sequence
from math import prod

from samovar.codecs import npy
from samovar.errors import MalformedBody, PayloadTooLarge, WrongShape
from samovar.rows.row import Cut, Cutter, Lines, Row, RowLimits, Size, Window, check_count
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass

_NPY = "application/x-npy"
_HEAD = 16 * 1024  # holds any header that is read here
_ALIGN = 64


class Npy(Lines):
    """One array of numbers or strings, in C order."""

    def cutter(self, window: Window, spec: ModelSpec, limits: RowLimits) -> Cutter:  # noqa: ARG002 - one shape for all formats
        """What cuts the file. Raises MalformedBody, WrongDatatype, WrongShape, PayloadTooLarge."""
        table = _table(window.read(0, _HEAD), window.size)
        if table.row_bytes > limits.row_bytes:
            raise PayloadTooLarge(
                f"a row of the array has {table.row_bytes} bytes; {limits.row_bytes} at most"
            )
        return _NpyCutter(window, table)

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:  # noqa: ARG002 - one shape for all formats
        """An array of one row for each row."""
        table = _table(body, len(body))
        check_count(table.count, limits)
        head = table.head(1)
        starts = range(table.start, len(body), table.row_bytes) if table.row_bytes else ()
        return [Row(Payload(head + body[at : at + table.row_bytes], _NPY)) for at in starts]


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the rows lie in a file."""

    descr: str
    row_shape: tuple[int, ...]
    row_bytes: int
    start: int
    count: int

    def head(self, rows: int) -> bytes:
        """The header of an array of so many of the rows."""
        shape = (rows, *self.row_shape)
        text = f"{{'descr': '{self.descr}', 'fortran_order': False, 'shape': {shape}, }}"
        padding = -(len(text) + 11) % _ALIGN
        text = f"{text}{' ' * padding}\n"
        return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def _table(start_of_file: bytes, size: int) -> _Table:
    """What the header says, held against the file's size."""
    dtype, fortran, shape, start = npy.header(start_of_file)
    if not shape:
        raise WrongShape("the array has no axis for rows; save one of shape [rows, …]")
    if fortran and len(shape) > 1:
        raise WrongShape(
            "the array is in Fortran order, in which no row lies together; "
            "save it with numpy.save(path, numpy.ascontiguousarray(array))"
        )
    row_bytes = prod(shape[1:]) * dtype.itemsize
    if row_bytes * shape[0] != size - start or (shape[0] and not row_bytes):
        raise MalformedBody(
            f"the array says shape {list(shape)} of {dtype}, {row_bytes * shape[0]} bytes, "
            f"but {size - start} are there"
        )
    return _Table(dtype.str, shape[1:], row_bytes, start, shape[0])


class _NpyCutter:
    """Rows of one length: a chunk is found by counting. A place is a row's index."""

    def __init__(self, window: Window, table: _Table) -> None:
        self._window = window
        self._table = table

    def cut(self, at: int, size: Size) -> Cut:
        """The rows from a place on."""
        table = self._table
        fitting = max(size.bytes // max(table.row_bytes, 1), 1)
        count = min(size.rows, fitting, table.count - at)
        data = self._window.read(table.start + at * table.row_bytes, count * table.row_bytes)
        if len(data) < count * table.row_bytes:
            raise MalformedBody("the .npy file became shorter while it was read")
        return Cut(table.head(count) + data, count, at + count, last=at + count >= table.count)
