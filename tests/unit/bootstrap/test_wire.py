"""HTTP as the Runtime API speaks it: bodies of every form, and connections that break."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.bootstrap.wire import Broken, Connection


@contextmanager
def server(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server for one connection; its address."""

    def serve() -> None:
        with listening.accept()[0] as connection:
            act(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def answering(*parts: bytes) -> Callable[[socket.socket], None]:
    """Hear a request out, then send some bytes and hang up."""

    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)

    return act


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_body_in_chunks_is_read_whole_however_it_was_cut(pieces: list[bytes]) -> None:
    sent = b"".join(b"%X;name=1\r\n%b\r\n" % (len(one), one) for one in pieces)
    head = b"HTTP/1.1 200 OK\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    act = answering(head, sent, b"0\r\nTrailer: x\r\n\r\n")
    with server(act) as address, closing(Connection(address)) as connection:
        said = connection.ask("GET", "/next", {}, b"")
    assert (said.status, said.headers["x-one"], said.body) == (200, "1", b"".join(pieces))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"nonsense\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_is_told_as_one_thing(said: bytes) -> None:
    act, broken = answering(said), pytest.raises(Broken)
    with server(act) as address, closing(Connection(address)) as connection, broken:
        connection.ask("GET", "/next", {}, b"")


def test_two_answers_on_one_connection_are_kept_apart() -> None:
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
    two = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

    with server(answering(one + two)) as address, closing(Connection(address)) as connection:
        assert connection.ask("GET", "/next", {}, b"").body == b"one"
        assert connection.answer().status == 202


def test_it_is_known_that_the_other_side_has_hung_up() -> None:
    heard = threading.Event()

    def act(connection: socket.socket) -> None:
        connection.recv(65536)
        heard.wait(5)

    with server(act) as address, closing(Connection(address)) as connection:
        connection.send(connection.head("POST", "/answer", {}))
        assert not connection.is_over()
        heard.set()
        with pytest.raises(Broken):
            connection.answer()
        assert connection.is_over()
