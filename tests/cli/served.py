"""A running `samovar serve`, and bytes that are sent to it."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

MAIN = "from samovar_cli.main import main; main()"
INFER = "/v2/models/affine/infer"
BODY = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}'
LIMIT = 200_000


class Served:
    """A running `samovar serve`; `url` is where it listens."""

    def __init__(self, models: Path, *options: str) -> None:
        command = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--models", str(models)]
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[0].decode()
        self.address = ("127.0.0.1", int(self.url.rpartition(":")[2]))
        self.lines: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    def warm(self) -> "Served":
        """Wait until its models are open."""
        end_s = time.monotonic() + 60
        while self.ready() != 200:
            assert time.monotonic() < end_s
            assert self.process.poll() is None
            time.sleep(0.02)
        return self

    def ready(self) -> int:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/v2/health/ready").status_code
        return 0

    def end(self, number: int = signal.SIGTERM) -> tuple[int, bytes]:
        """Its exit status, and what it said on standard error."""
        self.process.send_signal(number)
        assert self.process.stderr
        status, said = self.process.wait(30), self.process.stderr.read()
        self._reader.join(10)
        return status, said

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


Start = Callable[..., Served]


def exchange(address: tuple[str, int], *parts: bytes) -> bytes:
    """What comes back when all parts have been sent, to the end of the connection."""
    with socket.create_connection(address, timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        return rest(connection)


def rest(connection: socket.socket) -> bytes:
    """What comes to the end of a connection."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def head(method: str, path: str, *headers: str, close: bool = True) -> bytes:
    ends = ("connection: close",) if close else ()
    return "\r\n".join((f"{method} {path} HTTP/1.1", "host: x", *ends, *headers, "", "")).encode()


def request(path: str, body: bytes, *, close: bool) -> bytes:
    return head("POST", path, f"content-length: {len(body)}", close=close) + body
