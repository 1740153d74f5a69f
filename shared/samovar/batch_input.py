"""A batch's file, read by ranges: a block is fetched once, however small the pieces are."""

from samovar.ports import BlobStreams

_BLOCK = 8 * 1024 * 1024


class BlobWindow:
    """An object as the formats of rows read it. Two blocks of it are held at most."""

    def __init__(self, streams: BlobStreams, uri: str, size: int, block: int = _BLOCK) -> None:
        self._streams = streams
        self._uri = uri
        self._size = size
        self._block = block
        self._start = 0
        self._held = b""

    @property
    def size(self) -> int:
        """Its bytes, as they were when it was opened."""
        return self._size

    def read(self, start: int, length: int) -> bytes:
        """A part of it, shorter at its end. Raises StorageUnavailable, InvalidInput."""
        end = min(start + length, self._size)
        if start >= end:
            return b""
        if not self._start <= start <= end <= self._start + len(self._held):
            wanted = min(max(end - start, self._block), self._size - start)
            self._held = self._streams.read(self._uri, start, wanted)
            self._start = start
        at = start - self._start
        return self._held[at : at + end - start]
