"""A file that is read piece by piece, as zipfile reads one: it seeks."""

import io

from samovar.rows.row import Window


class InMemory:
    """A file that is in memory."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self._body)

    def read(self, start: int, length: int) -> bytes:
        """A part of it, shorter at its end."""
        return self._body[start : start + length]


class WindowStream(io.RawIOBase):
    """A window as a file that zipfile can seek in."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._at = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Anywhere in it."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The place from which is read on."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._window.size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # of a buffer that can be written
        """The bytes that were read into the buffer, 0 at the end."""
        found = self._window.read(self._at, len(buffer))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
