"""One POST over a connection that is there already, within a time and a size for all of it.

http.client writes and reads; what it reads from counts bytes and seconds. Of the answer the
head is read, and no more of it than it may have.
"""

import io
import re
import socket
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from samovar import __version__
from samovar.addresses import Destination
from samovar.job_events import Answer

_MAX_ANSWER = 16 * 1024
_MAX_RETRY_AFTER_S = 86_400
_SECONDS = re.compile(r"[0-9]{1,9}")
_AGENT = f"samovar/{__version__}"


def left_s(until: float) -> float:
    """Seconds until a moment of time.monotonic(). Raises TimeoutError when it has passed."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def post(
    connection: socket.socket,
    to: Destination,
    body: bytes,
    headers: Mapping[str, str],
    until: float,
) -> Answer:
    """One POST, and the head of what comes back. Raises OSError, HTTPException."""
    http = HTTPConnection(to.host, to.port)
    http.sock = _Guarded(connection, until)
    sent = {
        "host": to.authority,
        "content-type": "application/json",
        "user-agent": _AGENT,
        "connection": "close",
        **headers,
    }
    http.request("POST", to.path, body, sent)
    answer = http.getresponse()
    try:
        return Answer(answer.status, _retry_after_s(answer.getheader("retry-after", "")))
    finally:
        answer.close()


class _Guarded:
    """What http.client needs of a socket, within a time for all of it and a size."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def sendall(self, data: bytes) -> None:
        """Send it all."""
        self._connection.settimeout(left_s(self._until))
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The answer."""
        return io.BufferedReader(_Reader(self._connection, self._until))

    def close(self) -> None:
        """The connection is closed by the one who made it."""


class _Reader(io.RawIOBase):
    """The first bytes of an answer; a drop now and then holds nobody longer."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until
        self._room = _MAX_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        """Some bytes; 0 at the end. Raises OSError, HTTPException."""
        if self._room <= 0:
            raise HTTPException("the answer is too long")
        self._connection.settimeout(left_s(self._until))
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        return count


def _retry_after_s(said: str) -> int:
    """Seconds; a date is not read, and is as good as nothing said."""
    return min(int(said), _MAX_RETRY_AFTER_S) if _SECONDS.fullmatch(said) else 0
