"""A client for closed loops: each connection sends its next request once it has its answer.

Sockets and epoll, nothing between: the request is bytes made before, and of the answer only
the status and the length are read. It costs about 15 µs a request, so that a server of
100 µs is what is measured, not the client; its share of the time is reported with each run.
"""

import gc
import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SILENCE_S = 20.0
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw: a latency for each request, and the client's own CPU time."""

    latencies_s: tuple[float, ...]
    wall_s: float
    client_cpu_s: float


def drive(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Send for a time over some connections. Raises ConnectionError for any answer but 200."""
    with _connected(port, connections) as (poll, sockets), _uncollected():
        for opened in sockets.values():
            opened.settimeout(None)  # epoll says when there is something: no other poll a call
        return _loop(poll, sockets, request, seconds)


def ask(port: int, request: bytes) -> bytes:
    """The body of the answer to one request. Raises ConnectionError, for any but 200 too."""
    with _connected(port, 1) as (_, sockets):
        (sender,) = sockets.values()
        sender.sendall(request)
        got = b""
        while not _complete(got):
            got += _received(sender)
        _hold_to_200(got)
        return got.partition(b"\r\n\r\n")[2]


@contextmanager
def _connected(
    port: int, connections: int
) -> Iterator[tuple[select.epoll, dict[int, socket.socket]]]:
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    try:
        for _ in range(connections):
            opened = socket.create_connection(("127.0.0.1", port), _SILENCE_S)
            sockets[opened.fileno()] = opened
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poll.register(opened.fileno(), select.EPOLLIN)
        yield poll, sockets
    finally:
        for opened in sockets.values():
            opened.close()
        poll.close()


@contextmanager
def _uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _loop(
    poll: select.epoll, sockets: dict[int, socket.socket], request: bytes, seconds: float
) -> Load:
    latencies: list[float] = []
    cpu, start = time.thread_time(), time.perf_counter()
    end, busy, began, parts = start + seconds, len(sockets), {}, dict.fromkeys(sockets, b"")
    for number, sender in sockets.items():
        began[number] = time.perf_counter()
        sender.sendall(request)
    while busy:
        for number, _ in poll.poll(_SILENCE_S) or _fall_silent():
            got = parts[number] + _received(sockets[number])
            parts[number] = got
            if not _complete(got):
                continue
            now = time.perf_counter()
            latencies.append(now - began[number])
            _hold_to_200(got)
            parts[number], began[number] = b"", now
            if now < end:
                sockets[number].sendall(request)
            else:
                busy -= 1
    return Load(tuple(latencies), time.perf_counter() - start, time.thread_time() - cpu)


def _received(sender: socket.socket) -> bytes:
    got = sender.recv(_CHUNK)
    if not got:
        raise ConnectionError("the server hung up in the middle of an answer")
    return got


def _complete(got: bytes) -> bool:
    head = got.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(got, 0, head + 2)
    return len(got) >= head + 4 + int(length[1]) if length else got.endswith(b"\r\n0\r\n\r\n")


def _hold_to_200(got: bytes) -> None:
    if not got.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"the server answered {got[:500]!r}")


def _fall_silent() -> list[tuple[int, int]]:
    raise ConnectionError(f"the server did not answer within {_SILENCE_S:g} s")
