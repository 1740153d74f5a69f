"""A request and a response of ASGI, with no framework between."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from samovar.edges.messages import Request, Response, request_id, too_large
from samovar.errors import PayloadTooLarge

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_DRAINED = 64 * 1024 * 1024


class ClientGone(Exception):
    """The client hung up before it had sent its request."""


def read_head(scope: Scope) -> Request:
    """The request without its body."""
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    named = {"x-request-id": headers.get("x-amzn-sagemaker-inference-id", "")}
    own = request_id(headers, request_id(named, uuid4().hex))
    return Request(scope["method"], path, headers, b"", own)


def said_length(request: Request) -> int:
    """The bytes of its body as its Content-Length says; 0 where that says nothing."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


async def read_bytes(receive: Receive, limit: int) -> bytes:
    """A body to its end. Raises PayloadTooLarge for one over `limit` bytes, ClientGone.

    The rest of one that is too large is thrown away as it comes, up to 64 MB: a client whose
    socket is reset while it sends would never see the refusal.
    """
    body, seen = bytearray(), 0
    async for chunk in _chunks(receive):
        seen += len(chunk)
        if seen <= limit:
            body += chunk
        elif seen > _DRAINED:
            break
    if seen > limit:
        raise too_large(limit)
    return bytes(body)


async def discard(receive: Receive) -> None:
    """Throw a body away, so that its client reads the refusal. Raises ClientGone."""
    with suppress(PayloadTooLarge):
        await read_bytes(receive, 0)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def write(send: Send, response: Response) -> None:
    """Send a response."""
    headers = {
        "content-type": response.content_type,
        "content-length": str(len(response.body)),
        **response.headers,
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})
