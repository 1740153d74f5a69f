"""A request and a response of ASGI, with no framework between."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from random import getrandbits
from typing import Any

from samovar.edges.messages import Request, Response, request_id, too_large
from samovar.errors import PayloadTooLarge, Unavailable

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_DRAINED = 64 * 1024 * 1024


class ClientGone(Exception):
    """The client hung up before it had sent its request."""


def read_head(scope: Scope) -> Request:
    """The request without its body, and without its query."""
    headers = as_headers(scope["headers"])
    named = {"x-request-id": headers.get("x-amzn-sagemaker-inference-id", "")}
    own = request_id(headers, request_id(named, new_id()))
    return Request(scope["method"], read_path(scope), headers, b"", own)


def as_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as texts; servers hand their names on in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}


def read_path(scope: Scope) -> str:
    """The path as the client sent it, still percent-encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def new_id() -> str:
    """An id for a request that brings none: 128 bits in hexadecimal, which are no secret."""
    return f"{getrandbits(128):032x}"


def said_length(headers: Mapping[str, str]) -> int:
    """The bytes of a body as its Content-Length says; 0 where that says nothing."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


async def read_bytes(receive: Receive, limit: int, timeout_s: float | None = None) -> bytes:
    """A body to its end. Raises PayloadTooLarge for one over `limit` bytes, ClientGone.

    The rest of one that is too large is thrown away as it comes, up to 64 MB: a client whose
    socket is reset while it sends would never see the refusal. Raises Unavailable for one
    whose beginning has come, and whose end does not within `timeout_s`: a timer for bodies
    that come at once would cost more than they do.
    """
    message = await _next(receive)
    if not message.get("more_body", False):
        whole: bytes = message.get("body", b"")
        if len(whole) > limit:
            raise too_large(limit)
        return whole
    try:
        async with asyncio.timeout(timeout_s):
            return await _read_on(message, receive, limit)
    except TimeoutError:
        raise Unavailable("the body did not come in time; send the request again") from None


async def _read_on(message: Message, receive: Receive, limit: int) -> bytes:
    parts, seen, more = [], 0, True
    while more and seen <= _DRAINED:
        part = message.get("body", b"")
        seen += len(part)
        if seen <= limit:
            parts.append(part)
        more = message.get("more_body", False)
        if more:
            message = await _next(receive)
    if seen > limit:
        raise too_large(limit)
    return b"".join(parts)


async def discard(receive: Receive) -> None:
    """Throw a body away, so that its client reads the refusal. Raises ClientGone."""
    with suppress(PayloadTooLarge):
        await read_bytes(receive, 0)


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def write(send: Send, response: Response, own_id: str = "") -> None:
    """Send a response, with the request's id where it is given."""
    length = (b"content-length", b"%d" % len(response.body))
    await start(send, response, own_id, length)
    await send({"type": "http.response.body", "body": response.body})


async def start(send: Send, response: Response, own_id: str, *more: tuple[bytes, bytes]) -> None:
    """Send a response's status and headers, with the request's id where it is given."""
    headers = [(b"content-type", response.content_type.encode("latin-1")), *more]
    for name, value in response.headers.items():
        headers.append((name.encode("latin-1"), value.encode("latin-1")))
    if own_id:
        headers.append((b"x-request-id", own_id.encode("latin-1")))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
