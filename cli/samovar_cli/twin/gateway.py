"""The HTTP API of the template: requests in, events out, with API Gateway's limits and errors."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from samovar_cli.twin.application import Application
from samovar_cli.twin.cors import CorsRules
from samovar_cli.twin.events import build_event, read_answer
from samovar_cli.twin.invocation import (
    REQUEST_LIMIT_BYTES,
    Invocation,
    Outcome,
    Throttled,
    new_trace_id,
)
from samovar_cli.twin.messages import HOP_BY_HOP, Headers, HttpAnswer, HttpRequest
from samovar_cli.twin.routing import Router

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Invoke = Callable[[str, Invocation], Awaitable[Outcome | Throttled]]
"""A function's logical name and an event → what came of it."""

BODY_LIMIT_BYTES = 10 * 1024 * 1024
HEAD_LIMIT_BYTES = 10_240
INTEGRATION_LIMIT_S = 30.0
_PATIENCE_BYTES = 128 * 1024 * 1024
_NO_BODY = frozenset({204, 304})


class Gateway:
    """An ASGI application that answers as the template's HTTP API would."""

    def __init__(self, application: Application, invoke: Invoke) -> None:
        self._api_id = application.api_id
        self._router = Router(application.routes)
        self._cors = CorsRules(application.cors)
        self._invoke = invoke

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        request, is_whole = await read_request(scope, receive)
        answer = self._refusal(request, is_whole=is_whole) or await self._route(request)
        extra = [("apigw-requestid", request.request_id), *self._cors.headers(request.origin)]
        await send_answer(request.method, answer, extra, send)

    def _refusal(self, request: HttpRequest, *, is_whole: bool) -> HttpAnswer | None:
        if not is_whole:
            return error(413, "Request Entity Too Large")
        if _head_bytes(request) > HEAD_LIMIT_BYTES:
            return error(431, "Request Header Fields Too Large")
        return self._cors.preflight(request)

    async def _route(self, request: HttpRequest) -> HttpAnswer:
        match = self._router.match(request.method, request.path)
        if match is None:
            return error(404, "Not Found")
        trace_id = new_trace_id()
        event = build_event(request, match, self._api_id, trace_id)
        if len(event) > REQUEST_LIMIT_BYTES:  # Lambda takes less than API Gateway does
            return error(413, "Request Entity Too Large")
        invocation = Invocation(event, trace_id=trace_id)
        return await self._integrate(match.route.function, invocation)

    async def _integrate(self, function: str, invocation: Invocation) -> HttpAnswer:
        """The function's answer, for as long as API Gateway waits; the function runs on."""
        task = asyncio.ensure_future(self._invoke(function, invocation))
        done, _ = await asyncio.wait((task,), timeout=INTEGRATION_LIMIT_S)
        if not done or isinstance(task.result(), Throttled):
            return error(503, "Service Unavailable")
        outcome = task.result()
        assert isinstance(outcome, Outcome)  # noqa: S101 - the only other thing it can be
        answer = None if outcome.error else read_answer(outcome.payload)
        return answer or error(500, "Internal Server Error")


def error(status: int, message: str) -> HttpAnswer:
    """An error of API Gateway's own."""
    body = json.dumps({"message": message}).encode()
    return HttpAnswer(status, [("content-type", "application/json")], body)


async def read_request(scope: Scope, receive: Receive) -> tuple[HttpRequest, bool]:
    """A request, and whether it is whole: a body that is too large is left out."""
    headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
    body = await _read_body(headers, receive)
    request = HttpRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body or b"",
        source_ip=(scope.get("client") or ("127.0.0.1", 0))[0],
        protocol=f"HTTP/{scope['http_version']}",
    )
    return request, body is not None


async def _read_body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body; None when it is too large, and then none of it is kept.

    A client that waits for `100 Continue` is answered before it sends; another is heard out
    for a while, since most read no answer until they have sent everything.
    """
    names = dict(headers)
    if int(names.get("content-length", "0")) > BODY_LIMIT_BYTES and "expect" in names:
        return None
    chunks, size, more = bytearray(), 0, True
    while more and size <= _PATIENCE_BYTES:
        message = await receive()
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size <= BODY_LIMIT_BYTES:
            chunks += chunk
        else:
            chunks.clear()
    return bytes(chunks) if size <= BODY_LIMIT_BYTES else None


def _head_bytes(request: HttpRequest) -> int:
    fields = (pair for pair in request.headers if pair[0] not in HOP_BY_HOP)
    return len(request.path) + len(request.query) + sum(len(n) + len(v) for n, v in fields)


async def send_answer(method: str, answer: HttpAnswer, extra: Headers, send: Send) -> None:
    """Send a whole answer, with headers of the gateway's own."""
    body = b"" if answer.status in _NO_BODY else answer.body
    headers = [*answer.headers, *extra]
    if answer.status not in _NO_BODY:
        headers.append(("content-length", str(len(body))))
    wire = [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": wire})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
