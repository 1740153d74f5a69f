"""The client that all servers are measured with: what it counts, and what it refuses to count."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from benchmarks.peers.load import ask, drive

REQUEST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"


class Threads(ThreadingTCPServer):
    """A server whose threads end with their connections."""

    daemon_threads = True
    seen = 0


@contextmanager
def answering(answer: Callable[[BaseRequestHandler], object]) -> Iterator[Threads]:
    """A server on the loopback that answers each whole request as it is told."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(len(REQUEST)):
                server.seen += 1
                answer(self)

    with Threads(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def port(server: Threads) -> int:
    return server.server_address[1]


def test_every_answer_is_counted_once_and_has_a_latency():
    with answering(lambda client: client.request.sendall(ANSWER)) as server:
        load = drive(port(server), REQUEST, connections=3, seconds=0.05)
        assert len(load.latencies_s) == server.seen >= 3
        assert all(0 < latency <= load.wall_s for latency in load.latencies_s)


def test_an_answer_that_comes_in_pieces_is_one_answer():
    def in_pieces(client: BaseRequestHandler) -> None:
        for number in range(len(ANSWER)):
            client.request.sendall(ANSWER[number : number + 1])

    with answering(in_pieces) as server:
        assert ask(port(server), REQUEST) == b"four"
        load = drive(port(server), REQUEST, connections=2, seconds=0.02)
        assert len(load.latencies_s) == server.seen - 1


def test_an_answer_in_chunks_ends_with_the_empty_one():
    with answering(lambda client: client.request.sendall(CHUNKED)) as server:
        load = drive(port(server), REQUEST, connections=1, seconds=0.02)
        assert len(load.latencies_s) == server.seen


def test_an_answer_that_is_an_error_is_not_counted_but_raised():
    refusal = ANSWER.replace(b"200 OK", b"429 Slow down")
    with (
        answering(lambda client: client.request.sendall(refusal)) as server,
        pytest.raises(ConnectionError, match="429 Slow down"),
    ):
        drive(port(server), REQUEST, connections=1, seconds=0.02)


def test_a_server_that_hangs_up_is_raised():
    with (
        answering(lambda client: client.request.close()) as server,
        pytest.raises(ConnectionError),
    ):
        ask(port(server), REQUEST)
