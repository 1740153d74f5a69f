"""HTTP/1.1 as the Runtime API speaks it: requests written, answers read, bodies in chunks.

Written out, and not `http.client`: that one imports `email`, which costs a cold start more than
all of this, and it can neither send trailers nor be asked whether the other side has hung up.
"""

import select
import socket
from collections.abc import Mapping

from samovar.values import dataclass

_HEAD_LIMIT_BYTES = 2 * 1024 * 1024
_BLOCK_BYTES = 256 * 1024
_CLOSED = select.POLLIN | select.POLLHUP | select.POLLERR


class Broken(Exception):
    """The other side has hung up, or speaks no HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """One connection to the Runtime API. Making it raises Broken where nobody listens."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._host = address
        try:
            self._socket = socket.create_connection((host, int(port)))
        except OSError:
            raise Broken from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll = select.poll()
        self._poll.register(self._socket, _CLOSED)
        self._read = bytearray()

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a whole request. Raises Broken."""
        self.send(self.head(method, path, {**headers, "Content-Length": str(len(body))}) + body)
        return self.answer()

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        """The beginning of a request, up to its body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def send(self, data: bytes) -> None:
        """Send all of it. Raises Broken."""
        try:
            self._socket.sendall(data)
        except OSError:
            raise Broken from None

    def is_over(self) -> bool:
        """Whether the other side has hung up, or has answered before it has heard all."""
        return bool(self._read) or bool(self._poll.poll(0))

    def answer(self) -> Answer:
        """The next answer, whole, as long as it takes. Raises Broken."""
        line, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in _split(lines)}
        try:
            status = int(line.split(" ", 2)[1])
            if "chunked" in headers.get("transfer-encoding", "").lower():
                return Answer(status, headers, self._chunks())
            return Answer(status, headers, self._exactly(int(headers.get("content-length", "0"))))
        except (ValueError, IndexError):
            raise Broken from None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass  # trailers
        return bytes(body)

    def _until(self, end: bytes) -> bytes:
        while (at := self._read.find(end)) < 0:
            if len(self._read) > _HEAD_LIMIT_BYTES:
                raise Broken
            self._more()
        found = bytes(self._read[:at])
        del self._read[: at + len(end)]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        found = bytes(self._read[:size])
        del self._read[:size]
        return found

    def _more(self) -> None:
        try:
            block = self._socket.recv(_BLOCK_BYTES)
        except OSError:
            raise Broken from None
        if not block:
            raise Broken
        self._read += block


def _split(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]
