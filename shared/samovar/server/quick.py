"""Requests that a door answers at once, without the way through ASGI: half of what they cost.

A task, a context, an event, two writes and a dictionary for each request are what uvicorn needs
for applications that wait. Where the whole request has come and its answer is known to be quick,
nobody waits. Everything else goes uvicorn's way, and so does a client that does not read.
"""

from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from samovar.edges.messages import Response

_IN_A_ROW = 16
"""Requests of one read that are answered before another connection has its turn."""

Headers = list[tuple[bytes, bytes]]


class QuickDoor(Protocol):
    """A door that can answer in no time."""

    def at_once(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[Response, str] | None:
        """The answer and the request's id, or None where it may take longer. Never raises."""
        ...


class QuickHttp(HttpToolsProtocol):
    """Uvicorn's protocol, that holds a request back until it is known who answers it."""

    _held: list[bytes] | None = None  # the parts of the body of the one that is held back
    _in_a_row = 0

    def data_received(self, data: bytes) -> None:
        """What has come of requests, or of a part of one."""
        self._in_a_row = 0
        super().data_received(data)
        if self._held is not None and self.parser is not None:
            self._let_go()

    def on_headers_complete(self) -> None:
        """Hold back what may be answered at once: no other request is before it."""
        if self._is_next() and self.parser.get_method() == b"POST":
            self._held = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._held is None:
            super().on_message_complete()
            return
        door: QuickDoor = self.config.app  # type: ignore[assignment]  # of a door that has at_once
        body = b"".join(self._held)
        answered = door.at_once("POST", self.url.decode("latin-1"), self.headers, body)
        if answered is None:
            self._let_go()
            super().on_message_complete()
        else:
            self._held = None
            self._in_a_row += 1
            self._write(*answered)

    def _is_next(self) -> bool:
        done = self.cycle is None or self.cycle.response_complete
        free = done and not self.pipeline and not self.flow.write_paused
        plain = not self.expect_100_continue and not self.parser.should_upgrade()
        return free and plain and self._in_a_row < _IN_A_ROW

    def _let_go(self) -> None:
        """Uvicorn's way, from where it was left."""
        parts, self._held = self._held or [], None
        super().on_headers_complete()
        for part in parts:
            super().on_body(part)

    def _write(self, response: Response, own_id: str) -> None:
        keep = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        self.transport.write(_wire(response, own_id, self.server_state.default_headers, keep=keep))
        self.server_state.total_requests += 1
        if keep:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()


def _wire(response: Response, own_id: str, default: Headers, *, keep: bool) -> bytes:
    """A response as uvicorn would have written it."""
    head: list[Any] = [STATUS_LINE[response.status]]
    for name, value in default:
        head += name, b": ", value, b"\r\n"
    text = f"content-type: {response.content_type}\r\ncontent-length: {len(response.body)}\r\n"
    for name_, value_ in response.headers.items():
        text += f"{name_}: {value_}\r\n"
    text += f"x-request-id: {own_id}\r\n" + ("\r\n" if keep else "connection: close\r\n\r\n")
    return b"".join((*head, text.encode("latin-1"), response.body))
