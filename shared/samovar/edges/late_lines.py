"""Lines of a log, written a little later: a call to the system for many, not for each."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Protocol

_DELAY_S = 0.02


class Lines(Protocol):
    """As much of a text file as a log needs."""

    def write(self, text: str, /) -> object:
        """Add to it."""
        ...

    def flush(self) -> object:
        """See that what was added gets where it belongs."""
        ...


class LateLines:
    """What an observer writes to where a loop runs. Lines from other threads go out at once.

    A process that is killed, or that crashes, takes the lines of its last 20 ms with it.
    """

    def __init__(self, stream: Lines) -> None:
        self._stream = stream
        self._waiting: deque[str] = deque()
        self._is_due = False

    def write(self, text: str) -> int:
        """Keep a line. Returns its characters."""
        self._waiting.append(text)
        return len(text)

    def flush(self) -> None:
        """See to it that what waits is written soon."""
        if self._is_due:
            return
        try:
            asyncio.get_running_loop().call_later(_DELAY_S, self.write_out)
        except RuntimeError:  # no loop runs in this thread
            self.write_out()
        else:
            self._is_due = True

    def write_out(self) -> None:
        """Write what waits now."""
        self._is_due = False
        lines = []
        with suppress(IndexError):  # taken one by one: another thread may add to them meanwhile
            while True:
                lines.append(self._waiting.popleft())
        self._stream.write("".join(lines))
        self._stream.flush()
