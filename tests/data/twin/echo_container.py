"""A container that does what its input says, for the tests of the endpoint's emulator.

Input: JSON with any of `status`, `answer`, `sleep`, `exit`, `hang_up` (the first time). Without
`answer` it tells the headers that it got. Argument `--cold SECONDS` keeps /ping at 503 for a while.
"""

import argparse
import json
import os
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--models")
parser.add_argument("--cold", type=float, default=0.0)
asked = parser.parse_args()
ready_at = time.monotonic() + asked.cold
active: list[int] = []
dropped: list[int] = []


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200 if time.monotonic() >= ready_at else 503, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        said: dict[str, Any] = json.loads(body or b"{}")
        active.append(1)
        together = len(active)
        time.sleep(said.get("sleep", 0))
        active.pop()
        if said.get("exit"):
            os._exit(1)
        if said.get("hang_up") and not dropped:
            dropped.append(1)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"headers": headers, "pid": os.getpid(), "together": together}
        answer = said["answer"].encode() if "answer" in said else json.dumps(told).encode()
        self._send(said.get("status", 200), answer)

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-echo")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", asked.port), Handler).serve_forever()
