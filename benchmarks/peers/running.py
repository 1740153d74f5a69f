"""Peers that run: started all together, asked once, and held to the same numbers."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from samovar_cli.twin.emulator import free_port

from benchmarks.peers.guard import guarded
from benchmarks.peers.load import ask
from benchmarks.peers.processes import Server
from benchmarks.peers.protocols import wire
from benchmarks.peers.subjects import Subject
from benchmarks.peers.table import FOLDER, Peer, launch

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Running:
    """A peer that answers for a model at a port, and the request that it is sent."""

    peer: Peer
    subject: Subject
    port: int
    server: Server
    request: bytes

    def answer(self) -> np.ndarray[Any, Any]:
        """Its numbers for the request."""
        return self.peer.protocol.read(ask(self.port, self.request)).reshape(-1)


@contextmanager
def running(peers: Sequence[Peer], subjects: Sequence[Subject]) -> Iterator[list[Running]]:
    """The peers with each model, ready and frozen; stopped at the end, whatever happens."""
    with ExitStack() as stack:
        guard, started = stack.enter_context(guarded()), list[Running]()
        for asked in ((peer, subject) for subject in subjects for peer in peers):
            started.append(_running(stack, guard, asked, started))
        stack.callback(_ask_to_end, started)
        for one in started:
            one.server.wait(one.answer)
        hold_to_one_answer(started)
        for one in started:
            one.server.freeze()
        yield started


def _ask_to_end(started: Sequence[Running]) -> None:
    """Before any is waited for: they end at the same time."""
    for one in started:
        one.server.ask_to_end()


def hold_to_one_answer(started: Sequence[Running]) -> None:
    """Raises ValueError where a peer's numbers are not those of the first with its model."""
    wanted: dict[str, np.ndarray[Any, Any]] = {}
    for one in started:
        found = one.answer()
        first = wanted.setdefault(one.subject.name, found)
        if found.shape != first.shape or not np.allclose(found, first, atol=_TOLERANCE):
            raise ValueError(f"{one.peer.name} answers {found[:4]}…, not {first[:4]}…")


def _running(
    stack: ExitStack, guard: IO[str], asked: tuple[Peer, Subject], started: Sequence[Running]
) -> Running:
    peer, subject = asked
    request = wire(peer.protocol, subject)
    for one in started:
        if one.peer is peer and peer.has_all_models:
            return Running(peer, subject, one.port, one.server, request)
    port = free_port()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
    how = launch(peer, subject, port)
    for name, text in how.files.items():
        (folder / name).write_text(text, "utf-8")
    command = [part.replace(FOLDER, str(folder)) for part in how.command]
    variables = {k: v.replace(FOLDER, str(folder)) for k, v in how.environment.items()}
    server = Server(command, variables, how.home or folder, folder / "server.log", guard)
    stack.callback(server.stop)
    return Running(peer, subject, port, server, request)
