"""The answers that one process keeps: those that were asked for last, up to a number of bytes."""

import threading
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Something that takes room."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...


Value = TypeVar("Value", bound=Sized)


class Recent(Generic[Value]):
    """Values by key, of `max_bytes` together: the one that was not asked for longest goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[bytes, Value] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0

    def get(self, key: bytes) -> Value | None:
        """The value under a key, which now is the last to go."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
            return found

    def put(self, key: bytes, value: Value) -> None:
        """Keep a value in place of what was there; one that is too large is not kept."""
        size = value.size
        with self._lock:
            self._drop(key)
            if size > self._max_bytes:
                return
            self._values[key] = value
            self.bytes += size
            while self.bytes > self._max_bytes:
                self._drop(next(iter(self._values)))

    def drop(self, key: bytes) -> None:
        """Keep nothing under a key."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Keep nothing at all."""
        with self._lock:
            self._values.clear()
            self.bytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def _drop(self, key: bytes) -> None:
        gone = self._values.pop(key, None)
        if gone is not None:
            self.bytes -= gone.size
