"""Lambda's Invoke API, so that any SDK calls the twin's functions.

Source: AWS Lambda API reference, "Invoke".
"""

import asyncio
import base64
import binascii
import json
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import unquote

from samovar_cli.twin.application import Application, Function
from samovar_cli.twin.gateway import Invoke, Receive, Scope, Send
from samovar_cli.twin.invocation import REQUEST_LIMIT_BYTES, Invocation, Outcome, Throttled
from samovar_cli.twin.messages import Headers, HttpAnswer

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_EMULATOR_HEADER = "x-amzn-lambda-function-arn"  # sent by ministack, and by nobody else
_LOG_HEADER = "x-amz-log-result"
_EVENT_LIMIT_BYTES = 1024 * 1024
_RETRY_DELAYS_S = (1.0, 2.0)  # Lambda waits minutes; nobody waits that long at a laptop
"""Between the attempts at an asynchronous invocation that failed."""


class InvokeApi:
    """An ASGI application with the one operation `Invoke`."""

    def __init__(
        self,
        application: Application,
        invoke: Invoke,
        retry_delays_s: tuple[float, ...] = _RETRY_DELAYS_S,
    ) -> None:
        self._application = application
        self._invoke = invoke
        self._delays = retry_delays_s
        self._background: set[asyncio.Task[None]] = set()
        self._kinds: Mapping[str, Callable[[Function, Invocation], Awaitable[HttpAnswer]]] = {
            "RequestResponse": self._now,
            "Event": self._later,
            "DryRun": self._never,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            return
        names = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        answer = await self._answer(scope["path"], names, await _read(receive))
        if _EMULATOR_HEADER in names:
            answer = _plain(answer)
        headers = [("x-amzn-requestid", str(uuid.uuid4())), *answer.headers]
        if names.get("x-amz-log-type") != "Tail":
            headers = [(name, value) for name, value in headers if name != _LOG_HEADER]
        wire = [(name.encode(), value.encode()) for name, value in headers]
        wire.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": wire})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        found = _PATH.fullmatch(path)
        if found is None:
            return _fault(404, "UnknownOperationException", "the twin's Lambda has Invoke only")
        name = unquote(found[1])
        function = self._application.function(name)
        if function is None:
            known = ", ".join(entry.logical for entry in self._application.functions)
            message = f"Function not found: {name}; there are {known}"
            return _fault(404, "ResourceNotFoundException", message)
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        if kind not in self._kinds:
            message = f"InvocationType {kind}: use one of {', '.join(self._kinds)}"
            return _fault(400, "InvalidParameterValueException", message)
        return self._refusal(kind, body) or await self._kinds[kind](
            function, Invocation(body or b"{}", client_context=_context(headers))
        )

    def _refusal(self, kind: str, body: bytes) -> HttpAnswer | None:
        limit = _EVENT_LIMIT_BYTES if kind == "Event" else REQUEST_LIMIT_BYTES
        if len(body) > limit:
            message = f"{len(body)} byte payload is too large for {kind} (limit {limit} bytes)"
            return _fault(413, "RequestTooLargeException", message)
        try:
            json.loads(body or b"{}")
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            return _fault(400, "InvalidRequestContentException", message)
        return None

    async def _now(self, function: Function, invocation: Invocation) -> HttpAnswer:
        outcome = await self._invoke(function.logical, invocation)
        if isinstance(outcome, Throttled):
            return _fault(429, "TooManyRequestsException", "Rate Exceeded.", outcome.reason)
        headers = [("content-type", "application/json"), ("x-amz-executed-version", "$LATEST")]
        headers.append((_LOG_HEADER, base64.b64encode(outcome.log_tail).decode()))
        if outcome.error:
            headers.append(("x-amz-function-error", outcome.error))
        return HttpAnswer(200, headers, outcome.payload)

    async def _later(self, function: Function, invocation: Invocation) -> HttpAnswer:
        task = asyncio.create_task(self._attempts(function, invocation))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return HttpAnswer(202, [], b"")

    async def _never(self, _function: Function, _invocation: Invocation) -> HttpAnswer:
        return HttpAnswer(204, [], b"")

    async def _attempts(self, function: Function, invocation: Invocation) -> None:
        for delay_s in (*self._delays, None):
            outcome = await self._invoke(function.logical, invocation)
            if isinstance(outcome, Outcome) and not outcome.error:
                return
            if delay_s is not None:
                await asyncio.sleep(delay_s)


def _plain(answer: HttpAnswer) -> HttpAnswer:
    """An answer to the emulator: it takes a function's error for one by the status only."""
    failed = any(name == "x-amz-function-error" for name, _ in answer.headers)
    return replace(answer, status=500) if failed else answer


def _context(headers: Mapping[str, str]) -> str:
    try:
        return base64.b64decode(headers.get("x-amz-client-context", "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _fault(status: int, kind: str, message: str, reason: str = "") -> HttpAnswer:
    body = {"Type": "User", "Message": message, **({"Reason": reason} if reason else {})}
    headers: Headers = [("content-type", "application/json"), ("x-amzn-errortype", kind)]
    return HttpAnswer(status, headers, json.dumps(body).encode())


async def _read(receive: Receive) -> bytes:
    chunks = bytearray()
    while True:
        message = await receive()
        chunks += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(chunks)
