"""The application behind a real server, which can do what a test client does not."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

LIMIT = 6 * 1024 * 1024


@pytest.fixture
def address(app: FastAPI) -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join()
    listener.close()


def exchange(address: tuple[str, int], *parts: bytes) -> bytes:
    """What comes back when all parts have been sent, to the end of the connection."""
    with socket.create_connection(address, timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def head(method: str, path: str, *headers: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "host: x", "connection: close", *headers, "", "")
    return "\r\n".join(lines).encode("latin-1")


INFER = "/v2/models/affine/infer"


def test_a_body_over_the_limit_is_read_to_its_end_so_that_the_client_sees_the_refusal(
    address: tuple[str, int],
) -> None:
    size = 3 * LIMIT
    answer = exchange(address, head("POST", INFER, f"content-length: {size}"), b" " * size)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"payload_too_large"' in answer


def test_chunks_over_the_limit_are_refused_too(address: tuple[str, int]) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    sent = head("POST", INFER, "transfer-encoding: chunked")
    answer = exchange(address, sent, chunk * 8, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_asks_first_is_told_before_it_sends(address: tuple[str, int]) -> None:
    asked = head("POST", INFER, f"content-length: {LIMIT + 1}", "expect: 100-continue")
    answer = exchange(address, asked)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_head_request_ends_after_its_headers(address: tuple[str, int]) -> None:
    answer = exchange(address, head("HEAD", "/docs"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "path", ["/%", "/%ff", "/v2/models/%00", "/v2/models/mood%3Fx", "/a%0d%0ab"]
)
def test_a_path_that_is_no_text_is_404(address: tuple[str, int], path: str) -> None:
    assert exchange(address, head("GET", path)).startswith(b"HTTP/1.1 404 ")


def test_many_requests_are_answered_at_once(address: tuple[str, int]) -> None:
    """A request whose body is slow to come holds up nobody."""
    with socket.create_connection(address, timeout=20) as slow:
        slow.sendall(head("POST", INFER, "content-length: 10"))
        assert exchange(address, head("GET", "/v2/health/live")).endswith(b'{"live":true}')
