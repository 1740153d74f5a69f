"""Lambda's Runtime API (2018-06-01) for one execution environment, on a port of its own.

The runtime client of the function's process asks here for its next event and answers here;
the port tells which process it is. Source: AWS Lambda developer guide, "Runtime API".
"""

import asyncio
import base64
import binascii
import time

from samovar_cli.twin.http1 import (
    Chunks,
    Head,
    Request,
    read_body,
    read_head,
    response,
    serve,
    shut,
)
from samovar_cli.twin.invocation import RESPONSE_LIMIT_BYTES, Invocation, Outcome, failure

_ROOT = "/2018-06-01/runtime/"
_MODE = "lambda-runtime-function-response-mode"
_ERROR_BODY = "lambda-runtime-function-error-body"
_JSON = {"Content-Type": "application/json"}
_ACCEPTED = response(202, _JSON, b'{"status":"OK"}')
_TOO_LARGE = response(
    413, _JSON, b'{"errorMessage":"Exceeded maximum allowed payload size","errorType":'
    b'"RequestEntityTooLarge"}'
)  # fmt: skip
_NOT_FOUND = response(404, _JSON, b'{"errorMessage":"no such path","errorType":"InvalidPath"}')


class RuntimeApi:
    """The seat between the platform and one process."""

    def __init__(self, function_arn: str) -> None:
        self._arn = function_arn
        self._events: asyncio.Queue[tuple[Invocation, int]] = asyncio.Queue()
        self._current: Invocation | None = None
        self._answer: asyncio.Future[Outcome] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False
        self.refused = False
        """Whether an answer was too large: the runtime client ends over that."""
        self._routes = {
            "response": self._finish,
            "error": self._fail,
            "init/error": self._fail_init,
        }
        self.ready: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        """Done when INIT is: with None, or with the error that INIT ended in."""

    async def open(self) -> str:
        """Listen; the address for AWS_LAMBDA_RUNTIME_API."""
        self._server, port = await serve(self._connected)
        return f"127.0.0.1:{port}"

    def send(self, invocation: Invocation, deadline_ms: int) -> asyncio.Future[Outcome]:
        """Give the process an event; its answer comes in the future."""
        self._current = invocation
        self._answer = asyncio.get_running_loop().create_future()
        self._events.put_nowait((invocation, deadline_ms))
        return self._answer

    async def close(self) -> None:
        """Stop listening and drop the process's connections, those that are just made too."""
        self._closed = True
        for task in self._connections:
            task.cancel()
        if self._server is not None:
            await shut(self._server)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in one
        self._connections.add(task)
        try:
            while not self._closed and (head := await read_head(reader)) is not None:
                if head.headers.get(_MODE) == "streaming":
                    await self._stream(head, reader, writer)
                    return
                request = await read_body(reader, head, RESPONSE_LIMIT_BYTES)
                if request is None:
                    return
                writer.write(await self._reply(request))
                await writer.drain()
        except (asyncio.CancelledError, ConnectionError):
            pass  # the environment is being closed, or its process has gone
        finally:
            self._connections.discard(task)
            writer.close()

    async def _stream(
        self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """An answer piece by piece. The connection ends with it, or as soon as nobody listens."""
        request_id = head.path.removeprefix(f"{_ROOT}invocation/").partition("/")[0]
        current, chunks = self._current, Chunks(reader)
        if current is None or current.request_id != request_id:
            return
        try:
            whole = await _handed_on(current, head, chunks, writer)
        except ConnectionError:
            gone = current.pipe is not None and current.pipe.gone
            self._resolve(request_id, Outcome(b"") if gone else _broken_off(request_id))
            return
        error = chunks.trailers.get(_ERROR_BODY)
        outcome = Outcome(whole) if error is None else Outcome(_decoded(error), "Unhandled")
        self._resolve(request_id, outcome)
        writer.write(_ACCEPTED)
        await writer.drain()

    async def _reply(self, request: Request) -> bytes:
        route = request.path.removeprefix(_ROOT)
        if route == "invocation/next":
            return await self._next()
        request_id, _, last = route.removeprefix("invocation/").rpartition("/")
        take = self._routes.get("init/error" if route == "init/error" else last)
        if take is None or request.method != "POST":
            return _NOT_FOUND
        return take(request, request_id)

    async def _next(self) -> bytes:
        if not self.ready.done():
            self.ready.set_result(None)
        invocation, deadline_ms = await self._events.get()
        headers = {
            **_JSON,
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        if invocation.client_context:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        return response(200, headers, invocation.event)

    def _finish(self, request: Request, request_id: str) -> bytes:
        if request.oversize:
            self.refused = True
            self._resolve(request_id, _oversize())
            return _TOO_LARGE
        self._resolve(request_id, Outcome(request.body))
        return _ACCEPTED

    def _fail(self, request: Request, request_id: str) -> bytes:
        self._resolve(request_id, Outcome(request.body, "Unhandled"))
        return _ACCEPTED

    def _fail_init(self, request: Request, _request_id: str) -> bytes:
        if not self.ready.done():
            self.ready.set_result(Outcome(request.body, "Unhandled"))
        return _ACCEPTED

    def _resolve(self, request_id: str, outcome: Outcome) -> None:
        current, answer = self._current, self._answer
        if current is None or answer is None or answer.done():
            return
        if current.request_id == request_id:  # a late answer belongs to nobody
            answer.set_result(outcome)


async def _handed_on(
    invocation: Invocation, head: Head, chunks: Chunks, writer: asyncio.StreamWriter
) -> bytes:
    """A streamed answer, put into its pipe as it comes; whole where the call wants it whole."""
    if invocation.pipe is None:
        return b"".join([chunk async for chunk in chunks])
    invocation.pipe.begin(head.headers.get("content-type", ""), writer.transport.abort)
    async for chunk in chunks:
        await invocation.pipe.put(chunk)
    return b""


def _broken_off(request_id: str) -> Outcome:
    return failure("Runtime.TruncatedResponse", "the answer broke off", request_id)


def _decoded(error: str) -> bytes:
    try:
        return base64.b64decode(error, validate=True)
    except binascii.Error:
        return error.encode()


def deadline_ms(timeout_s: float) -> int:
    """When an invocation that begins now has to be done: milliseconds since the epoch."""
    return int((time.time() + timeout_s) * 1000)


def _oversize() -> Outcome:
    limit = f"({RESPONSE_LIMIT_BYTES} bytes)"
    message = f"Response payload size exceeded maximum allowed payload size {limit}."
    return failure("Function.ResponseSizeTooLarge", message)
