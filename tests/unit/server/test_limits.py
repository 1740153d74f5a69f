"""What a server does with clients that do not come to an end."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
import uvicorn
from samovar.server.limits import Stalled, bounded_http
from samovar.server.running import DrainingServer

PATIENCE_S = 0.5


class Echo:
    """A door that answers with the body's length."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        headers = [(b"content-length", b"%d" % len(str(len(body))))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": str(len(body)).encode()})

    async def drain(self, timeout_s: float) -> None:
        """Nothing is ever under way."""


@pytest.fixture(scope="module", params=["httptools", "h11"])
def address(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    listening = socket.create_server(("127.0.0.1", 0))
    http = bounded_http(Echo()) if request.param == "httptools" else "h11"
    config = uvicorn.Config(
        Echo(), http=http, lifespan="off", ws="none", log_level="critical", access_log=False
    )
    server = DrainingServer(config, Echo(), 1.0, Stalled(PATIENCE_S, PATIENCE_S))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()
    listening.close()


def left_alone(address: tuple[str, int], *sent: bytes) -> bytes:
    """What comes after `sent`, to the end of the connection that the server must bring about."""
    with socket.create_connection(address, timeout=30) as connection:
        for part in sent:
            connection.sendall(part)
            time.sleep(0.05)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [(), (b"GET / HT",), (b"GET / HTTP/1.1\r\nhost: x\r\n",), (POST,), (POST, b"12")],
    ids=["nothing", "half a line", "half a head", "no body", "half a body"],
)
def test_a_request_that_does_not_go_on_is_hung_up_on(
    sent: tuple[bytes, ...], address: tuple[str, int]
) -> None:
    assert left_alone(address, *sent) == b""


def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(
    address: tuple[str, int],
) -> None:
    answer = left_alone(address, POST + b"12345", b"GET / HT")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_connection_between_requests_is_kept(address: tuple[str, int]) -> None:
    connection = HTTPConnection(*address, timeout=30)
    with closing(connection):
        connection.connect()
        first = connection.sock
        for _ in range(2):
            connection.request("POST", "/", b"12345")
            with connection.getresponse() as answer:
                assert (answer.status, answer.read()) == (200, b"5")
            time.sleep(3 * PATIENCE_S)
            assert (
                connection.sock is first
            )  # the client opens another where this one was hung up on


def test_a_body_that_comes_slowly_but_whole_is_answered(address: tuple[str, int]) -> None:
    last = POST.replace(b"host: x", b"host: x\r\nconnection: close")
    assert left_alone(address, last, b"12", b"345").endswith(b"\r\n\r\n5")


def test_a_head_over_the_limit_is_refused(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=30) as connection:
        answer = b""
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
            for number in range(3000):
                connection.sendall(b"x-%d: %s\r\n" % (number, b"y" * 1000))
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            return  # refused while it was still being sent
    assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
