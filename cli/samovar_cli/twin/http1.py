"""As much of HTTP/1.1 as Lambda's runtime client speaks: whole bodies, kept connections."""

import asyncio
from collections.abc import Mapping
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


async def read_request(reader: asyncio.StreamReader, limit_bytes: int) -> Request | None:
    """The next request of a connection; None when the client has gone."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.rstrip("\r\n").split("\r\n")
        method, path, _ = line.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in _split(lines)}
        length = int(headers.get("content-length", "0"))
        if length <= limit_bytes:
            return Request(method, path, headers, await reader.readexactly(length))
        await _discard(reader, length)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        return None
    return Request(method, path, headers, b"", oversize=True)


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


def _split(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]


async def _discard(reader: asyncio.StreamReader, length: int) -> None:
    while length > 0:
        length -= len(await reader.readexactly(min(length, _DISCARD_BYTES)))
