"""What is answered at once looks on the wire as if uvicorn had answered it."""

import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import uvicorn
from samovar.edges.asgi import read_bytes, write
from samovar.edges.messages import Response
from samovar.server.limits import Stalled, bounded_http
from samovar.server.running import DrainingServer

Address = tuple[str, int]


def made(body: bytes) -> Response:
    """An answer that tells of its request."""
    headers = {"inference-header-content-length": "7"} if b"binary" in body else {}
    status = 400 if b"wrong" in body else 200
    return Response(status, b"<" + body + b">", "application/json", headers)


class Waiting:
    """A door that goes uvicorn's way."""

    def __init__(self) -> None:
        self.waited = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.waited += 1
        body = await read_bytes(receive, 10_000_000)
        await write(send, made(body), "an-id")

    async def drain(self, timeout_s: float) -> None:
        """Nothing is ever under way."""


class Quick(Waiting):
    """One that answers at once what does not ask for time."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once_count = 0

    def at_once(self, method: str, url: str, headers: Any, body: bytes) -> Any:
        assert (method, url) == ("POST", "/quick?x=1")
        assert (b"host", b"x") in headers
        if b"slow" in body:
            return None
        self.at_once_count += 1
        return made(body), "an-id"


@pytest.fixture(scope="module")
def doors() -> Iterator[dict[str, tuple[Any, Address]]]:
    """Both kinds, each behind a server."""
    running, found = [], {}
    for name, door in (("waiting", Waiting()), ("quick", Quick())):
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            door,
            http=bounded_http(door),
            lifespan="off",
            ws="none",
            log_level="critical",
            access_log=False,
            timeout_keep_alive=1,
        )
        server = DrainingServer(config, door, 1.0, Stalled(30))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        running.append((server, thread, listening))
        found[name] = door, listening.getsockname()
    yield found
    for server, thread, listening in running:
        server.should_exit = True
        thread.join()
        listening.close()


def post(body: bytes, *lines: str, version: str = "1.1") -> bytes:
    head = (f"POST /quick?x=1 HTTP/{version}", "host: x", *lines, f"content-length: {len(body)}")
    return "\r\n".join((*head, "", "")).encode() + body


def exchange(address: Address, parts: Sequence[bytes], pause_s: float = 0.0) -> bytes:
    """All that comes to the end of the connection, without its dates."""
    with socket.create_connection(address, timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return re.sub(rb"date: [^\r]*\r\n", b"", received)


CLOSE = "connection: close"
WHOLE = {
    "one": [post(b"{}", CLOSE)],
    "an empty body": [post(b"", CLOSE)],
    "one that is wrong": [post(b"wrong", CLOSE)],
    "headers of its own": [post(b"binary", CLOSE)],
    "an old client": [post(b"{}", version="1.0")],
    "a client that hangs on": [post(b"{}")],
    "several": [post(b"1"), post(b"2"), post(b"3", CLOSE)],
    "several in one piece": [post(b"1") + post(b"2") + post(b"3", CLOSE)],
    "more in one piece than have their turn": [post(b"x") * 50 + post(b"y", CLOSE)],
    "slow ones among them": [post(b"1") + post(b"slow") + post(b"3") + post(b"4", CLOSE)],
    "chunks": [
        b"POST /quick?x=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n",
        b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n3\r\n...\r\n0\r\n\r\n",
    ],
    "a large body": [post(b"z" * 300_000, CLOSE)],
}


@pytest.mark.parametrize("parts", WHOLE.values(), ids=WHOLE.keys())
def test_the_bytes_are_those_of_uvicorns_way(parts: list[bytes], doors: Any) -> None:
    expected = exchange(doors["waiting"][1], parts)
    assert expected.startswith(b"HTTP/1.1 ")
    assert exchange(doors["quick"][1], parts) == expected


def test_a_request_in_pieces_is_answered_as_one_in_one_piece(doors: Any) -> None:
    whole = post(b'{"a": 1}', CLOSE)
    pieces = [whole[:10], whole[10:60], whole[60:-4], whole[-4:]]
    expected = exchange(doors["waiting"][1], [whole])
    assert exchange(doors["quick"][1], pieces, 0.05) == expected


def test_what_is_quick_does_not_go_uvicorns_way_and_the_rest_does(doors: Any) -> None:
    door, address = doors["quick"]
    before = (door.at_once_count, door.waited)
    exchange(address, [post(b"1"), post(b"slow"), post(b"3", CLOSE)], 0.1)
    assert (door.at_once_count - before[0], door.waited - before[1]) == (2, 1)


def test_a_client_that_asks_first_whether_to_send_goes_uvicorns_way(doors: Any) -> None:
    door, address = doors["quick"]
    before = door.waited
    sent = post(b"{}", CLOSE, "expect: 100-continue")
    assert exchange(address, [sent]).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert door.waited == before + 1
