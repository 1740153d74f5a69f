"""What uvicorn leaves open: how large a request's head may be, and how long one may take."""

import time
from typing import Any, Protocol

import orjson

_HEAD_BYTES = 64 * 1024  # and what comes in one read more; h11, the parser in Python, says the same
_HEAD_S = 20
"""A head of a few hundred bytes that takes longer comes from nobody who waits for an answer."""


class _Connection(Protocol):
    """As much of uvicorn's protocols as is looked at here."""

    cycle: Any
    transport: Any
    timeout_keep_alive_task: Any


class Stalled:
    """Finds connections whose requests do not come to their end.

    Looked at once a second, because a timer for each request would cost more than the request.
    """

    def __init__(self, body_s: float, head_s: float = _HEAD_S) -> None:
        self._allowed_s = {"head": head_s, "body": body_s}
        self._since: dict[_Connection, tuple[object, float]] = {}

    def look(self, connections: set[Any]) -> None:
        """Hang up on those that have waited too long for the rest of a head or of a body."""
        now_s, before, self._since = time.monotonic(), self._since, {}
        for connection in connections:
            stage = _stage(connection)
            if stage is None:
                continue
            known, since_s = before.get(connection, (None, now_s))
            if known != stage:
                since_s = now_s
            if now_s - since_s > self._allowed_s[stage[0]]:
                connection.transport.close()
            else:
                self._since[connection] = (stage, since_s)


def _stage(connection: _Connection) -> tuple[str, int] | None:
    """What a connection waits for, of which of its requests; None where its client waits."""
    cycle = connection.cycle
    if cycle is None or cycle.response_complete:
        idle = connection.timeout_keep_alive_task is not None  # which has uvicorn's own time
        return None if idle else ("head", id(cycle))
    return ("body", id(cycle)) if cycle.more_body else None


def bounded_http(door: object) -> Any:
    """Uvicorn's fastest protocol, with an end to its heads; by its name where that has one.

    A door that can answer at once is asked first.
    """
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:  # without httptools, the parser in Python, which is bounded
        return "h11"
    from samovar.server.quick import QuickHttp

    inner = QuickHttp if hasattr(door, "at_once") else HttpToolsProtocol

    class BoundedHttp(inner):  # type: ignore[misc,valid-type]  # one of two
        """llhttp takes heads of any size."""

        _in_head = False
        _head_bytes = 0

        def on_message_begin(self) -> None:
            self._in_head, self._head_bytes = True, 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            super().on_headers_complete()

        def data_received(self, data: bytes) -> None:
            went_on = self._in_head
            super().data_received(data)
            if went_on and self._in_head:
                self._head_bytes += len(data)
                if self._head_bytes > _HEAD_BYTES:
                    self.transport.write(_TOO_LARGE)
                    self.transport.close()

    return BoundedHttp


def _refusal(status: bytes, message: str, code: str) -> bytes:
    body = orjson.dumps({"error": message, "code": code})
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    return head % (status, len(body)) + b"connection: close\r\n\r\n" + body


_TOO_LARGE = _refusal(
    b"431 Request Header Fields Too Large",
    f"the request's head is over {_HEAD_BYTES} bytes; send shorter headers",
    "payload_too_large",
)
