"""Peers that run: started all together, asked once, and held to the same numbers."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers.load import ask
from benchmarks.peers.processes import Server, free_port
from benchmarks.peers.protocols import wire
from benchmarks.peers.subjects import Subject
from benchmarks.peers.table import Peer, launch

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that answers at a port, and the request that it is sent."""

    peer: Peer
    port: int
    server: Server
    request: bytes

    def answer(self) -> np.ndarray:
        """Its numbers for the request."""
        return self.peer.protocol.read(ask(self.port, self.request)).reshape(-1)


@contextmanager
def running(peers: Sequence[Peer], subject: Subject) -> Iterator[list[Running]]:
    """The peers, ready and frozen; stopped at the end, whatever happens."""
    with ExitStack() as stack:
        started = [_start(stack, peer, subject) for peer in peers]
        for one in started:
            one.server.wait(lambda one=one: one.answer())
        hold_to_one_answer(started)
        for one in started:
            one.server.freeze()
        yield started


def hold_to_one_answer(started: Sequence[Running]) -> None:
    """Raises ValueError where a peer's numbers are not those of the first."""
    wanted = started[0].answer()
    for one in started[1:]:
        found = one.answer()
        if found.shape != wanted.shape or not np.allclose(found, wanted, atol=_TOLERANCE):
            raise ValueError(f"{one.peer.name} answers {found[:4]}…, not {wanted[:4]}…")


def _start(stack: ExitStack, peer: Peer, subject: Subject) -> Running:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    port = free_port()
    how = launch(peer, subject, port)
    for name, text in how.files.items():
        (folder / name).write_text(text)
    server = Server(how.command, how.environment, how.folder or folder, folder / "server.log")
    stack.callback(server.stop)
    return Running(peer, port, server, wire(peer.protocol, subject))
