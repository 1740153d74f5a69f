"""Files whose rows are lines: what JSON lines and CSV have in common when they are cut."""

from collections.abc import Callable

from samovar.errors import PayloadTooLarge
from samovar.rows.row import Cut, RowLimits, Size, Window, refusal

BOM = b"\xef\xbb\xbf"
MORE = -1
"""Where a record ends cannot be said before more of the file is read."""

EndOf = Callable[[bytes, int, bool], int]
"""(data, where a record begins, whether the data ends with the file) → where it ends, or MORE."""

_READ = 1024 * 1024
_BLANK = b" \t\r\n"


class RecordCutter:
    """Cuts a file between its records. Blank lines are passed over and are no rows."""

    def __init__(
        self, window: Window, end_of: EndOf, limits: RowLimits, begin: int = 0, head: bytes = b""
    ) -> None:
        self._window = window
        self._end_of = end_of
        self._limits = limits
        self._begin = begin
        self._head = head

    def cut(self, at: int, size: Size) -> Cut:
        """The records from a place on, until they are as many, or as large, as asked for."""
        reading = _Reading(self._window, max(at, self._begin), self._end_of, self._limits)
        found: list[bytes] = []
        total = 0
        while len(found) < size.rows and total < size.bytes:
            record = reading.next()
            if not record:
                break
            if record.strip(_BLANK):
                found.append(record)
                total += len(record)
        body = self._head + b"".join(found)
        if body.startswith(BOM):  # a row's own: whoever reads a chunk takes one away
            body = BOM + body
        return Cut(body, len(found), reading.at, last=reading.at >= self._window.size)


class _Reading:
    """Records one after the other; a few megabytes of the file are held."""

    def __init__(self, window: Window, at: int, end_of: EndOf, limits: RowLimits) -> None:
        self._window = window
        self._end_of = end_of
        self._most = limits.row_bytes
        self._start = at  # of the data in the file
        self._data = b""
        self._at = 0  # in the data

    @property
    def at(self) -> int:
        """Where in the file the next record begins."""
        return self._start + self._at

    @property
    def _whole(self) -> bool:
        return self._start + len(self._data) >= self._window.size

    def next(self) -> bytes:
        """The next record with its line's end, or what stands for it; nothing at the end."""
        while True:
            if self._at == len(self._data) and self._whole:
                return b""
            end = self._end_of(self._data, self._at, self._whole)
            held = len(self._data) - self._at
            if end != MORE and end - self._at <= self._most:
                record = self._data[self._at : end]
                self._at = end
                return record if record.endswith((b"\n", b"\r")) else record + b"\n"
            if end != MORE or held > self._most:
                return self._too_long()
            self._read_on()

    def _read_on(self) -> None:
        length = max(_READ, len(self._data) - self._at)  # twice as much each time: linear in all
        more = self._window.read(self._start + len(self._data), length)
        self._start += self._at
        self._data = self._data[self._at :] + more
        self._at = 0

    def _too_long(self) -> bytes:
        """What stands for a record over the limit, which ends with its first line."""
        while (end := self._data.find(b"\n", self._at)) < 0 and not self._whole:
            self._start += len(self._data)
            self._data, self._at = b"", 0
            self._read_on()
        self._at = len(self._data) if end < 0 else end + 1
        said = f"the row has more than {self._most} bytes, or a quote in it is never closed"
        return refusal(PayloadTooLarge(said)) + b"\n"
