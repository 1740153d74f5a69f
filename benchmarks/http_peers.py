"""Requests a second of servers over HTTP: ours, a bare handler and peers, on the same models.

All servers of a model run at once, frozen but the one that is measured; every server in every
round, in rotation. Each is one server process as its documentation starts it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.interleave import Sample
from benchmarks.peers.load import Load, drive
from benchmarks.peers.running import Running, running
from benchmarks.peers.subjects import Subject, subjects
from benchmarks.peers.table import PEERS, Peer

CONNECTIONS = (1, 8)
_ROUND_S, _WARM_S = 0.5, 0.1
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Round:
    """One run against one server."""

    load: Load
    server_cpu_s: float

    @property
    def requests(self) -> int:
        """How many were answered."""
        return len(self.load.latencies_s)


@dataclass(frozen=True, slots=True)
class Served:
    """A server's rounds on one model with so many connections."""

    peer: str
    model: str
    connections: int
    rounds: tuple[Round, ...]
    pss_mb: float

    @property
    def label(self) -> str:
        """The row of a table."""
        return f"{self.peer}, {self.model}, {self.connections} at once"

    @property
    def requests_per_s(self) -> float:
        """The middle of the rounds."""
        return median(one.requests / one.load.wall_s for one in self.rounds)

    @property
    def client_share(self) -> float:
        """The client's CPU time over the time: near 1 the client would be what is measured."""
        return median(one.load.client_cpu_s / one.load.wall_s for one in self.rounds)

    def quantile_s(self, share: float) -> float:
        """The middle over the rounds of a quantile of the latencies."""
        return median(_quantile(one.load.latencies_s, share) for one in self.rounds)

    def sample(self) -> Sample:
        """The median latency of each round, and the server's CPU seconds a request."""
        return Sample(
            self.label,
            tuple(_quantile(one.load.latencies_s, 0.5) for one in self.rounds),
            tuple(one.server_cpu_s / one.requests for one in self.rounds),
        )

    def as_json(self) -> dict[str, Any]:
        """What a report keeps."""
        return {
            "peer": self.peer,
            "model": self.model,
            "connections": self.connections,
            "requests_per_s": self.requests_per_s,
            "p50_s": self.quantile_s(0.5),
            "p99_s": self.quantile_s(0.99),
            "cpu_s_a_request": median(self.sample().cpu_s),
            "client_share": self.client_share,
            "pss_mb": self.pss_mb,
            "rounds": len(self.rounds),
        }


def serve_all(
    rounds: int,
    progress: Progress | None = None,
    peers: Sequence[Peer] = PEERS,
    models: Sequence[Subject] | None = None,
) -> list[Served]:
    """Every peer's figures, by model and number of connections."""
    models = models or subjects()
    found: list[Served] = []
    for number, subject in enumerate(models):
        with running(peers, subject) as started:
            done = number * rounds
            found += _measured(started, subject, rounds, _shifted(progress, done, rounds, models))
    return found


def measure(rounds: int, progress: Progress | None = None) -> dict[str, Sample]:
    """Seconds a request, by server, model and connections: for the table of all suites."""
    return {one.label: one.sample() for one in serve_all(rounds, progress)}


def _shifted(
    progress: Progress | None, done: int, rounds: int, models: Sequence[Subject]
) -> Progress:
    def shown(number: int, _: int) -> None:
        if progress:
            progress(done + number, rounds * len(models))

    return shown


def _measured(
    started: Sequence[Running], subject: Subject, rounds: int, progress: Progress
) -> list[Served]:
    seen: dict[tuple[int, int], list[Round]] = {}
    for number in range(rounds):
        turn = number % len(started)
        for index in (*range(turn, len(started)), *range(turn)):
            for connections in CONNECTIONS:
                one = _round(started[index], connections)
                seen.setdefault((index, connections), []).append(one)
        progress(number + 1, rounds)
    return [
        Served(one.peer.name, subject.name, connections, tuple(seen[index, connections]), weight)
        for index, (one, weight) in enumerate(_weighed(started))
        for connections in CONNECTIONS
    ]


def _round(one: Running, connections: int) -> Round:
    one.server.thaw()
    try:
        drive(one.port, one.request, connections=connections, seconds=_WARM_S)
        before = one.server.cpu_s()
        load = drive(one.port, one.request, connections=connections, seconds=_ROUND_S)
        return Round(load, one.server.cpu_s() - before)
    finally:
        one.server.freeze()


def _weighed(started: Sequence[Running]) -> list[tuple[Running, float]]:
    return [(one, one.server.pss_mb()) for one in started]


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(found: Sequence[Served]) -> str:
    """A Markdown table, a model after the other."""
    lines = [
        "| | model | at once | req/s | p50 | p99 | CPU a request | memory | client's share |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        kept: Mapping[str, Any] = one.as_json()
        lines.append(
            f"| {one.peer} | {one.model} | {one.connections} | {one.requests_per_s:,.0f} | "
            f"{kept['p50_s'] * 1e3:.2f} ms | {kept['p99_s'] * 1e3:.2f} ms | "
            f"{kept['cpu_s_a_request'] * 1e3:.2f} ms | {one.pss_mb:.0f} MB | "
            f"{one.client_share:.0%} |"
        )
    return "\n".join(lines)
