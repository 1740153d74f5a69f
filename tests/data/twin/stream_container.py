"""A container that sends what its input says, piece by piece, for the tests of real-time endpoints.

Input: JSON with any of `pieces` (texts), `pause` (seconds between them), `gates` (a folder: piece n
waits for its file n), `break` (hang up instead of an end), `endless`, `status`. It writes a line to
`$TOLD` when a client hangs up on it.
"""

import argparse
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--models")
asked = parser.parse_args()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._head(200, {"content-length": "0"})

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        seen = {name.lower(): value for name, value in self.headers.items()}
        if "status" in said:
            body = b'{"error": "no"}'
            self._head(said["status"], {"content-length": str(len(body))})
            self.wfile.write(body)
            return
        self._head(200, {"transfer-encoding": "chunked"})
        pieces = said.get("pieces") or [json.dumps(seen)]
        try:
            while True:
                for number, piece in enumerate(pieces):
                    self._wait(said, number)
                    self._chunk(piece.encode())
                    time.sleep(said.get("pause", 0))
                if not said.get("endless"):
                    break
        except TimeoutError:
            self.close_connection = True
            return
        except OSError:
            Path(os.environ["TOLD"]).write_text("hung up")
            return
        if said.get("break"):
            self.close_connection = True
        else:
            self._chunk(b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _wait(self, said: dict[str, Any], number: int) -> None:
        end_s = time.monotonic() + 30
        while "gates" in said and not Path(said["gates"], str(number)).exists():
            if time.monotonic() > end_s:
                raise TimeoutError(number)
            time.sleep(0.005)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        own = {"content-type": "text/event-stream", "x-amzn-sagemaker-custom-attributes": "a=1"}
        for name, value in {**own, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.flush()


ThreadingHTTPServer(("127.0.0.1", asked.port), Handler).serve_forever()
