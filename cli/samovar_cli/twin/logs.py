"""A function's log: what its processes write, and the platform's own lines between."""

import asyncio
import os
from pathlib import Path
from typing import IO

_TAIL_BYTES = 4096  # what an invocation's LogResult shows
_READ_BYTES = 65536
_READS = 64  # at a time: a function that never stops writing must not stop the twin
_LARGEST_BYTES = 16 * 1024 * 1024  # a log that is longer when a twin starts is put aside


class FunctionLog:
    """One file that every environment of a function appends to."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LARGEST_BYTES:
            path.replace(path.with_suffix(".log.1"))
        self._file: IO[bytes] = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        """Append bytes as they are."""
        self._file.write(data)

    def close(self) -> None:
        """No more is written."""
        self._file.close()


class ProcessLog:
    """The pipe that one process writes to, copied to its function's log."""

    def __init__(self, log: FunctionLog) -> None:
        self._log = log
        self._tail = b""
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._writing: int | None = writing
        asyncio.get_running_loop().add_reader(self._reading, self.drain)

    @property
    def output(self) -> int:
        """The end that the process is to write to."""
        assert self._writing is not None  # noqa: S101 - a process is started once
        return self._writing

    def release(self) -> None:
        """Let go of the writing end: the process has it now, and the pipe ends with it."""
        os.close(self.output)
        self._writing = None

    def line(self, text: str) -> None:
        """A line of the platform's own, after all that the process has written so far."""
        self.drain()
        self._append(f"{text}\n".encode())

    def begin(self) -> None:
        """A new invocation: the tail starts here."""
        self.drain()
        self._tail = b""

    def tail(self) -> bytes:
        """The last 4 KB since `begin`."""
        return self._tail[-_TAIL_BYTES:]

    def drain(self) -> None:
        """Take what the process has written."""
        for _ in range(_READS):
            try:
                data = os.read(self._reading, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:  # every writer has gone
                asyncio.get_running_loop().remove_reader(self._reading)
                return
            self._append(data.replace(b"\r", b"\n"))  # a traceback travels as one line

    def close(self) -> None:
        """Take the last bytes and let go of the pipe."""
        if self._writing is not None:
            self.release()
        self.drain()
        asyncio.get_running_loop().remove_reader(self._reading)
        os.close(self._reading)

    def _append(self, data: bytes) -> None:
        self._log.write(data)
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
