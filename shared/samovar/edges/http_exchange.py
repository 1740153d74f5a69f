"""Around every request of the wide door: its id, its line in the log, its last defence."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from samovar.edges.gateway import read_path
from samovar.edges.inference import Target
from samovar.edges.messages import internal_error, request_id
from samovar.edges.observe import Exchange, Observer
from samovar.edges.openai_errors import as_openai

_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it


class Exchanges:
    """ASGI middleware that numbers, logs and answers for each HTTP request.

    The application finds in `request.state`: `request_id`; `path`, as it came. It may leave
    there `target` (what was asked for, once that is known to exist), `code` (of an error)
    and `bytes_in`. Routes see the path still percent-encoded and without a slash at its end,
    so that this door and the hot door take the same paths apart in the same way.
    """

    def __init__(self, app: ASGIApp, observer: Observer) -> None:
        self._app = app
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection; anything but HTTP is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _path(scope)
        state = {"request_id": _request_id(scope), "path": path}
        trimmed = path[:-1] if len(path) > 1 and path.endswith("/") else path
        inner = {**scope, "path": trimmed, "state": {**scope.get("state", {}), **state}}
        await self._exchange(inner, receive, _Answer(scope["method"], state["request_id"], send))

    async def _exchange(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        start = self._observer.start()
        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            answer.status = _CLIENT_GONE
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            scope["state"]["code"] = "internal_error"
            self._observer.fault(answer.request_id, error)
            await answer.fault(scope["state"]["path"])
        self._observer.finish(start, _seen(scope, answer))


class _Answer:
    """An ASGI `send` that adds the request's id and keeps count; a HEAD gets no body."""

    def __init__(self, method: str, request_id: str, send: Send) -> None:
        self.request_id = request_id
        self.status = 0
        self.bytes_out = 0
        self._head = method == "HEAD"
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (b"x-request-id", self.request_id.encode())
            message = {**message, "headers": [*message.get("headers", ()), own]}
        elif self._head:
            message = {**message, "body": b""}
        self.bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def fault(self, path: str) -> None:
        """A 500, unless an answer is already on its way."""
        if self.status:
            return
        response = as_openai(internal_error(self.request_id), path)
        headers = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", str(len(response.body)).encode()),
        ]
        await self({"type": "http.response.start", "status": response.status, "headers": headers})
        await self({"type": "http.response.body", "body": response.body})


def _seen(scope: Scope, answer: _Answer) -> Exchange:
    state: dict[str, Any] = scope["state"]
    target = state.get("target", Target(state.get("action", ""), ""))
    return Exchange(
        door="http",
        request_id=answer.request_id,
        function_request_id=_function_id(scope),
        action=target.action,
        model=target.model,
        version=target.version,
        status=answer.status,
        code=state.get("code", ""),
        cache=state.get("cache", ""),
        bytes_in=state.get("bytes_in", 0),
        bytes_out=answer.bytes_out,
    )


def _path(scope: Scope) -> str:
    """The path as the client sent it; Mangum and servers hand on one that is decoded."""
    if "aws.event" in scope:
        return read_path(scope["aws.event"])
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def _request_id(scope: Scope) -> str:
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    context = scope.get("aws.event", {}).get("requestContext", {})
    return request_id(headers, context.get("requestId") or _function_id(scope) or uuid4().hex)


def _function_id(scope: Scope) -> str:
    return str(getattr(scope.get("aws.context"), "aws_request_id", ""))
