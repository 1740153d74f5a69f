"""Requests a second over HTTP: ours, a bare handler and peers, same models, same client.

All servers run at once, frozen but the one that is measured; every server in every round, in
rotation. Each is what its documentation starts: one server, one model, default options. The
bare handler's session has the options of ours.
"""

from collections.abc import Sequence
from typing import cast

from benchmarks.interleave import median
from benchmarks.pace import Pace
from benchmarks.peers.load import drive
from benchmarks.peers.running import Running, running
from benchmarks.peers.served import Round, Served, label, latencies
from benchmarks.peers.subjects import Subject, subjects
from benchmarks.peers.table import BARE, PEERS, SERVE, Peer
from benchmarks.suite import Measured, Outcome, Suite, Target, Value

CONNECTIONS = (1, 8)
SMALL = "digits"
ROUND_S, WARM_S = 0.4, 0.1


def measure(pace: Pace) -> Outcome:
    """Requests a second of every server that is set up, by model and connections."""
    there = [peer for peer in PEERS if peer.binaries.is_dir()]
    found = serve_all(pace, there, subjects())
    absent = ", ".join(sorted({p.environment for p in PEERS} - {p.environment for p in there}))
    measured = {one.label: one for one in found}
    unset = [f"Not set up: {absent}."] if absent else []
    return Outcome(measured, notes=(latencies(found), *ceilings(measured), *unset))


def serve_all(pace: Pace, peers: Sequence[Peer], models: Sequence[Subject]) -> list[Served]:
    """What was seen of every server, on every model, over each number of connections."""
    with running(peers, models) as started:
        seen: dict[tuple[int, int], list[Round]] = {}
        for number in pace:
            for turn in _order(number, len(started)):
                for connections in CONNECTIONS:
                    one = one_round(started[turn], connections)
                    seen.setdefault((turn, connections), []).append(one)
        return [
            Served(one.peer.name, one.subject.name, many, tuple(seen[turn, many]), weight)
            for many in CONNECTIONS
            for turn, (one, weight) in enumerate(zip(started, _weights(started), strict=True))
        ]


def one_round(one: Running, connections: int) -> Round:
    """A short run to warm it up, then one that counts. The server is frozen again after."""
    one.server.thaw()
    try:
        drive(one.port, one.request, connections=connections, seconds=WARM_S)
        before = one.server.cpu_s()
        load = drive(one.port, one.request, connections=connections, seconds=ROUND_S)
        return Round(load, one.server.cpu_s() - before)
    finally:
        one.server.freeze()


def _order(number: int, many: int) -> list[int]:
    first = number % many
    return [*range(first, many), *range(first)]


def _weights(started: Sequence[Running]) -> list[float]:
    return [one.server.pss_mb() for one in started]


def rate(over: str, under: str) -> Value:
    """Requests/s of one server over another's on the small model: the least of 1 and 8 at once."""
    return lambda measured: min(
        median(_of(measured, over, many)) / median(_of(measured, under, many))
        for many in CONNECTIONS
    )


def latency(over: str, under: str) -> Value:
    """The same of the median latency."""
    return lambda measured: min(
        _of(measured, over, many).latency_s(0.5) / _of(measured, under, many).latency_s(0.5)
        for many in CONNECTIONS
    )


def ceilings(measured: Measured) -> list[str]:
    """How far any server is from a peer: the bare handler, which does nothing that ours could not.

    A target beyond this is one that no ASGI application reaches here.
    """
    try:
        said = [f"{p} {rate(BARE, p)(measured):.1f} ×" for p in ("MLServer", "BentoML", "LitServe")]
    except KeyError:
        return []
    return [
        f"Requests/s of the bare handler over the peers’, the lesser of both: {', '.join(said)}."
    ]


def _of(measured: Measured, peer: str, connections: int) -> Served:
    return cast("Served", measured[label(peer, SMALL, connections)])


def _upside_down(value: Value) -> Value:
    return lambda measured: 1 / value(measured)


def _peer_targets(peer: str, times: float) -> list[Target]:
    key, said = (
        f"http_{peer.lower()}",
        f"`samovar serve` over {peer}, the lesser of 1 and 8 at once",
    )
    return [
        Target(f"{key}_rate", f"requests/s, {said}", rate(SERVE, peer), times, at_least=True),
        Target(
            f"{key}_p50",
            f"p50, {peer}’s over `samovar serve`’s",
            latency(peer, SERVE),
            times,
            at_least=True,
        ),
    ]


SUITE = Suite(
    name="http",
    says="Requests a second over HTTP, in closed loops of 1 and of 8 connections; JSON, one row.",
    measure=measure,
    rounds=6,
    budget_s=170,
    quick=1,
    floors={
        f"{model}, {many} at once": label(BARE, model, many)
        for model in (SMALL, "minilm-small")
        for many in CONNECTIONS
    },
    targets=(
        Target(
            "http_floor_rate",
            "requests/s, the bare handler’s over `samovar serve`’s, the greater of 1 and 8 at once",
            _upside_down(rate(SERVE, BARE)),
            1.5,
        ),
        Target(
            "http_floor_p50",
            "p50, `samovar serve`’s over the bare handler’s",
            _upside_down(latency(BARE, SERVE)),
            1.5,
        ),
        *_peer_targets("MLServer", 10),
        *_peer_targets("BentoML", 20),
        *_peer_targets("LitServe", 20),
    ),
)
