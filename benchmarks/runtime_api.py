"""AWS's Lambda Runtime API for one invocation: hands out an event, takes the answer."""

import http.server
import threading
import time
from types import TracebackType
from typing import Self

_HEADERS = {
    "Lambda-Runtime-Aws-Request-Id": "bench",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:bench",
    "Lambda-Runtime-Trace-Id": "Root=1-0-0;Sampled=0",
    "Content-Type": "application/json",
}
WAIT_S = 60


class RuntimeApi:
    """A server on this machine; `answer` is there once `answered` is set."""

    def __init__(self, body: bytes) -> None:
        self.answer = b""
        self.answered = threading.Event()
        self._handed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self, body))
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def first(self) -> bool:
        """Whether nobody has asked for the event yet."""
        before = self._handed.is_set()
        self._handed.set()
        return not before

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        return  # a runtime that is killed while it waits for its next event


def _handler(api: RuntimeApi, body: bytes) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not api.first():
                threading.Event().wait(WAIT_S)  # there is no second event
                self.close_connection = True
                return
            deadline_ms = int(time.time() * 1000) + WAIT_S * 1000
            self._reply(200, body, _HEADERS | {"Lambda-Runtime-Deadline-Ms": str(deadline_ms)})

        def do_POST(self) -> None:
            api.answer = _body(self)
            api.answered.set()
            self._reply(202, b"", {})

        def _reply(self, status: int, sent: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_request(self, *_: object) -> None:
            return

    return Handler


def _body(request: http.server.BaseHTTPRequestHandler) -> bytes:
    """A whole body, of the streaming mode too."""
    if "Content-Length" in request.headers:
        return request.rfile.read(int(request.headers["Content-Length"]))
    body = bytearray()
    while size := int(request.rfile.readline(), 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    while request.rfile.readline() not in {b"\r\n", b""}:
        pass  # trailers
    return bytes(body)
