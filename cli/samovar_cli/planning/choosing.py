"""The cheapest candidate that keeps the SLO. Pure, but for the simulations it falls back to."""

from collections.abc import Iterator
from dataclasses import dataclass

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.predicting import Prediction, expect, predicted
from samovar_cli.planning.work import FUNCTION, QUEUE, Candidate, Work
from samovar_cli.simulate.prices import Prices

MEMORIES_MB = (
    256,
    384,
    512,
    768,
    1024,
    1280,
    1536,
    1769,
    2048,
    2654,
    3538,
    5307,
    7076,
    8845,
    10240,
)
MARGIN = 0.9  # of the share that may be late: what a prediction is trusted with


@dataclass(frozen=True, slots=True)
class Slo:
    """So many of a hundred requests are answered within `limit_s`."""

    limit_s: float
    percentile: float = 99.0

    @property
    def late(self) -> float:
        """The share of requests that may be late."""
        return 1 - self.percentile / 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What was chosen, and the best of each lane beside it."""

    chosen: Prediction
    keeps_slo: bool
    best: tuple[Prediction, ...]  # of each lane, the cheapest that keeps the SLO or the fastest


def choose(work: Work, arrivals: Arrivals, slo: Slo, prices: Prices) -> Plan:
    """The cheapest candidate of which no more than the SLO's share is late.

    Where there is none: the one with the fewest late requests, the cheapest of those alike.
    """
    best = []
    for lane in (FUNCTION, QUEUE):
        found = [
            predicted(work, candidate, expect(work, arrivals, candidate), prices, slo.limit_s)
            for candidate in _of(lane, work, arrivals, slo)
        ]
        if found:
            best.append(_best(found, slo))
    chosen = _best(best, slo)
    return Plan(chosen, chosen.over <= slo.late, tuple(best))


def _best(found: list[Prediction], slo: Slo) -> Prediction:
    keep = [p for p in found if p.over <= slo.late * MARGIN]
    return min(keep, key=lambda p: p.month) if keep else min(found, key=lambda p: (p.over, p.month))


def _of(lane: str, work: Work, arrivals: Arrivals, slo: Slo) -> Iterator[Candidate]:
    need = work.memory_mb
    memories = [m for m in MEMORIES_MB if m >= need] or [MEMORIES_MB[-1]]
    if lane == FUNCTION:
        for memory in memories:
            yield Candidate(FUNCTION, memory)
    elif lane == QUEUE:
        for window in arrivals.pattern.windows():
            if window <= slo.limit_s:
                for memory in memories:
                    yield Candidate(
                        QUEUE, memory, batch=work.most_batch if window else 10, window_s=window
                    )
