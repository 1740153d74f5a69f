"""What was seen of one server: how many it answered, how fast, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.interleave import spread
from benchmarks.peers.load import Load


@dataclass(frozen=True, slots=True)
class Round:
    """One run against one server."""

    load: Load
    server_cpu_s: float

    @property
    def requests(self) -> int:
        """How many were answered."""
        return len(self.load.latencies_s)

    @property
    def a_second(self) -> float:
        """How many were answered in a second."""
        return self.requests / self.load.wall_s

    def quantile_s(self, share: float) -> float:
        """A quantile of the latencies: 0.5 is the median."""
        ordered = sorted(self.load.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True, slots=True)
class Served:
    """A server's rounds on one model, over so many connections. Its values are requests/s."""

    peer: str
    model: str
    connections: int
    rounds: tuple[Round, ...]
    pss_mb: float

    @property
    def label(self) -> str:
        """The row of a table."""
        return label(self.peer, self.model, self.connections)

    @property
    def values(self) -> tuple[float, ...]:
        """Requests a second, a value a round."""
        return tuple(one.a_second for one in self.rounds)

    @property
    def unit(self) -> str:
        """Of the values."""
        return "1/s"

    @property
    def client_share(self) -> float:
        """The client's CPU time over the time: near 1 the client would be what is measured."""
        return median(one.load.client_cpu_s / one.load.wall_s for one in self.rounds)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the server a request, over all rounds: its clock ticks at 10 ms."""
        return sum(one.server_cpu_s for one in self.rounds) / sum(o.requests for o in self.rounds)

    def latency_s(self, share: float) -> float:
        """The middle over the rounds of a quantile of the latencies."""
        return median(one.quantile_s(share) for one in self.rounds)

    def as_json(self) -> dict[str, Any]:
        """What a report keeps."""
        low, high = spread(self.values)
        return {
            "median": median(self.values),
            "p10": low,
            "p90": high,
            "unit": self.unit,
            "rounds": len(self.rounds),
            "cpu_median_s": self.cpu_s,
            "latency_p50_s": self.latency_s(0.5),
            "latency_p99_s": self.latency_s(0.99),
            "pss_mb": self.pss_mb,
            "client_share": self.client_share,
        }


def label(peer: str, model: str, connections: int) -> str:
    """The row of a server on a model, over so many connections."""
    return f"{peer}, {model}, {connections} at once"


def latencies(found: Sequence[Served]) -> str:
    """A Markdown table of what requests a second do not tell: latency and memory."""
    lines = [
        "| | p50 | p99 | memory (PSS) | the client's share of a CPU |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.label} | {one.latency_s(0.5) * 1e3:.2f} ms | {one.latency_s(0.99) * 1e3:.2f} ms | "
        f"{one.pss_mb:.0f} MB | {one.client_share:.0%} |"
        for one in found
    ]
    return "\n".join(lines)
