"""As much of HTTP/1.1 as Lambda's runtime clients speak: bodies whole and in chunks."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

_HEAD_LIMIT_BYTES = 2 * 1024 * 1024  # a fault report travels in a header of up to 1 MB
_DISCARD_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its whole body; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    oversize: bool = False  # the body was over the limit and has been thrown away


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The beginning of a connection's next request; None when the client has gone."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.rstrip("\r\n").split("\r\n")
        method, path, _ = line.split(" ", 2)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        return None
    return Head(method, path, _headers(lines))


async def read_body(reader: asyncio.StreamReader, head: Head, limit_bytes: int) -> Request | None:
    """The request with its body; None when the client has gone."""
    try:
        length = int(head.headers.get("content-length", "0"))
        if length <= limit_bytes:
            body = await reader.readexactly(length)
            return Request(head.method, head.path, head.headers, body)
        await _discard(reader, length)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None
    return Request(head.method, head.path, head.headers, b"", oversize=True)


class Chunks:
    """A body in chunks, as it comes; iterating raises ConnectionError where it breaks off."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.trailers: Mapping[str, str] = {}
        """What follows the body, once it has been read."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
                yield await self._reader.readexactly(size)
                await self._reader.readexactly(2)
            lines = []
            while (line := await self._reader.readuntil(b"\r\n")) != b"\r\n":
                lines.append(line.decode("latin-1").rstrip())
            self.trailers = _headers(lines)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            raise ConnectionError from None


def response(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """A whole response on the wire."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


async def serve(
    handle: "asyncio.streams._ClientConnectedCallback",
) -> tuple[asyncio.Server, int]:
    """A server for `handle` on a free loopback port, and that port."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=_HEAD_LIMIT_BYTES)
    return server, int(server.sockets[0].getsockname()[1])


async def shut(server: asyncio.Server) -> None:
    """Stop listening. A connection that has been accepted gets to its handler.

    An `asyncio.Server` that is closed between the two leaves it open and nobody's
    (python/cpython#109564); a turn of the loop makes it somebody's.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    await asyncio.sleep(0)
    server.close()


def _headers(lines: list[str]) -> dict[str, str]:
    return {name.lower(): value.strip() for name, _, value in _split(lines)}


def _split(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]


async def _discard(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        length -= len(await reader.readexactly(min(length, _DISCARD_BYTES)))
