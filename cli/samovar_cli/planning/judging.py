"""A candidate against an SLO: what it costs, and how often it is late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.expecting import Expected, expect
from samovar_cli.planning.playing import played
from samovar_cli.planning.predicting import Prediction, bill_of, predicted
from samovar_cli.planning.work import Candidate, Work
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices

ONE = np.ones(1)
MARGIN = 0.85  # of the share that may be late: as far as a prediction is trusted


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
class Tried:
    """One candidate, as far as a choice needs to know it."""

    candidate: Candidate
    month: float  # US dollars
    over: float  # the share of requests that is late, or never answered
    said: Expected | Prediction
    is_sure: bool = True

    def keeps(self, slo: Slo, margin: float = MARGIN) -> bool:
        """Whether no more requests are late than may be."""
        return self.over <= slo.late * margin

    def over_if(self, slo: Slo, *, cold: bool) -> float:
        """The share that is late of requests that meet a new environment, or of the others."""
        if isinstance(self.said, Prediction):
            return self.over
        parts = self.said.latency
        half = slice(-1, None) if cold else slice(0, 1)
        only = replace(parts, fixed_s=parts.fixed_s[half], run_s=parts.run_s[half], weight=ONE)
        return only.share_over(slo.limit_s)

    def at_percentile_s(self, slo: Slo) -> float:
        """The latency that the SLO's share of requests stays within, seconds.

        Infinite where more than that are turned away.
        """
        if isinstance(self.said, Prediction):
            return self.said.p99_s if slo.percentile > 95 else self.said.p95_s
        latency = self.said.latency
        if latency.weight.sum() < 1 - slo.late:
            return inf
        return latency.percentiles_s((slo.percentile,))[0]

    def prediction(self, work: Work, prices: Prices, slo: Slo) -> Prediction:
        """The same in full."""
        if isinstance(self.said, Prediction):
            return self.said
        return predicted(work, self.candidate, self.said, prices, slo.limit_s)


def try_out(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo: Slo
) -> Tried:
    """A candidate of the lanes that can be analysed."""
    found = expect(work, arrivals, candidate)
    month = total(bill_of(work, candidate, found.month, prices))
    over = found.latency.share_over(slo.limit_s)
    return Tried(candidate, month, over, found, found.is_sure)


def play_out(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo: Slo, most: int = 0
) -> Tried:
    """A candidate, played by the simulator; of a trace no more than `most` requests."""
    said = played(work, arrivals, candidate, prices, slo.limit_s, most)
    return Tried(candidate, said.month, said.over, said)


def better(tried: Sequence[Tried], slo: Slo) -> Tried | None:
    """The cheapest that keeps the SLO, else the quickest at its percentile; None of none."""
    keep = [one for one in tried if one.keeps(slo)]
    if keep:
        return min(keep, key=lambda one: one.month)
    return min(
        tried,
        key=lambda one: (one.at_percentile_s(slo), round(one.over, 3), one.month),
        default=None,
    )


def confirmed(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, found: Sequence[Tried]
) -> Tried | None:
    """The best, played where analysis does not hold; if that disappoints, the best of the rest."""
    best = better(found, slo)
    while best is not None and not best.is_sure:
        seen = play_out(work, arrivals, best.candidate, prices, slo)
        others = [one for one in found if one.is_sure]
        best = better([seen, *others], slo)
    return best
