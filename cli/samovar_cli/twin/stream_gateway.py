"""The door that streams: a function URL in RESPONSE_STREAM mode, or a REST API in STREAM mode.

Source: AWS Lambda developer guide, "Response streaming for Lambda functions"; API Gateway
developer guide, "Lambda proxy integration format for response streaming". AWS lets a function
run on whose client has hung up, and bills it to its end; here it is told so at once.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

from samovar_cli.twin.application import Application, Front, Route
from samovar_cli.twin.cors import CorsRules
from samovar_cli.twin.events import build_event, read_answer
from samovar_cli.twin.gateway import Invoke, Receive, Scope, Send, error, read_request, send_answer
from samovar_cli.twin.invocation import (
    REQUEST_LIMIT_BYTES,
    Invocation,
    Outcome,
    Throttled,
    new_trace_id,
)
from samovar_cli.twin.messages import HOP_BY_HOP, HttpAnswer, HttpRequest
from samovar_cli.twin.pipe import Pipe
from samovar_cli.twin.rest_events import build_rest_event
from samovar_cli.twin.routing import Match
from samovar_cli.twin.servers import url_of

_END_OF_PRELUDE = bytes(8)
_PRELUDE_LIMIT_BYTES = 16 * 1024
_HTTP = "application/vnd.awslambda.http-integration-response"
_Prelude = tuple[dict[str, Any], bytes]


def front_url(application: Application, listening: socket.socket) -> str:
    """Where the streaming door is reached; empty where the application has none."""
    if application.front is None:
        return ""
    stage = application.front.stage
    return f"{url_of(listening)}/{stage}" if stage else url_of(listening)


class BrokenOff(Exception):
    """The function ended in the middle: the connection is cut, as AWS cuts it."""


class StreamGateway:
    """An ASGI application that answers as the template's streaming door would."""

    def __init__(self, front: Front, api_id: str, invoke: Invoke) -> None:
        self._front = front
        self._api_id = api_id
        self._invoke = invoke
        self._cors = CorsRules(front.cors)
        self._running: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        request, is_whole = await read_request(scope, receive)
        extra = [("x-amzn-requestid", request.request_id), *self._cors.headers(request.origin)]
        refusal = self._refusal(request, is_whole=is_whole)
        if refusal is not None:
            await send_answer(request.method, refusal, extra, send)
            return
        await self._answer(request, extra, receive, send)

    def _refusal(self, request: HttpRequest, *, is_whole: bool) -> HttpAnswer | None:
        stage = self._front.stage
        if stage and not f"{request.path}/".startswith(f"/{stage}/"):
            return error(403, "Forbidden")
        if not is_whole:
            return error(413, "Request Entity Too Large")
        return self._cors.preflight(request)

    async def _answer(
        self, request: HttpRequest, extra: list[tuple[str, str]], receive: Receive, send: Send
    ) -> None:
        trace_id = new_trace_id()
        event = self._event(request, trace_id)
        if len(event) > REQUEST_LIMIT_BYTES:
            await send_answer(request.method, error(413, "Request Entity Too Large"), extra, send)
            return
        pipe = Pipe()
        running = self._keep(self._run(Invocation(event, trace_id=trace_id, pipe=pipe), pipe))
        watching = self._keep(_watch(receive, pipe))
        try:
            pieces = aiter(pipe)
            prelude = await _prelude(pipe, pieces)
            if prelude is None:
                if not pipe.gone:
                    await send_answer(request.method, _plain(await running), extra, send)
                return
            await _stream(prelude, pieces, extra, send)
            if pipe.broken:
                raise BrokenOff
            await send({"type": "http.response.body", "body": b""})
        finally:
            watching.cancel()

    def _event(self, request: HttpRequest, trace_id: str) -> bytes:
        if self._front.stage:
            return build_rest_event(request, self._front.stage, self._api_id, trace_id)
        match = Match(Route("$default", self._front.function), {})
        return build_event(request, match, self._api_id, trace_id)

    async def _run(self, invocation: Invocation, pipe: Pipe) -> Outcome | Throttled:
        outcome = await self._invoke(self._front.function, invocation)
        failed = isinstance(outcome, Throttled) or bool(outcome.error)
        await pipe.end(broken=failed)
        return outcome

    def _keep(self, work: Any) -> "asyncio.Task[Any]":
        """A task, held until it is done: asyncio itself forgets it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


async def _watch(receive: Receive, pipe: Pipe) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    pipe.leave()


async def _prelude(pipe: Pipe, pieces: AsyncIterator[bytes]) -> _Prelude | None:
    """Status and headers, and what came of the body with them; None where nothing came at all."""
    seen = b""
    async for piece in pieces:
        if pipe.content_type != _HTTP:
            return {"headers": {"content-type": "application/octet-stream"}}, piece
        seen += piece
        head, found, rest = seen.partition(_END_OF_PRELUDE)
        if found:
            return json.loads(head), rest
        if len(seen) > _PRELUDE_LIMIT_BYTES:
            return None
    return None


async def _stream(
    prelude: _Prelude, pieces: AsyncIterator[bytes], extra: list[tuple[str, str]], send: Send
) -> None:
    said, rest = prelude
    headers = [(name.lower(), str(value)) for name, value in said.get("headers", {}).items()]
    headers += [("set-cookie", cookie) for cookie in said.get("cookies", ())]
    wire = [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in (*headers, *extra)
        if name not in HOP_BY_HOP | {"content-length"}
    ]
    status = int(said.get("statusCode", 200))
    await send({"type": "http.response.start", "status": status, "headers": wire})
    await send({"type": "http.response.body", "body": rest, "more_body": True})
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


def _plain(outcome: Outcome | Throttled) -> HttpAnswer:
    """The answer of a function that has streamed nothing."""
    if isinstance(outcome, Throttled):
        return error(429, "Too Many Requests")
    answer = None if outcome.error else read_answer(outcome.payload)
    return answer or error(502, "Internal Server Error")
