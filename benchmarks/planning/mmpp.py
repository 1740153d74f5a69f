"""A Markov-modulated Poisson process of two states, fitted to a trace. Pure."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.planning.loads import Trace

Array = NDArray[np.float64]
_BINS = 2000  # that a trace is counted in, at most …
_LEAST_S = 1.0  # … and how long each is at least
_EVEN = 1.3  # variance over mean of counts, below which there is one rate
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Fitted:
    """Two rates a second, and how long each is held on average; the same rate twice for one."""

    rates: tuple[float, float]
    hold_s: tuple[float, float]

    def sample(self, count: int, rng: np.random.Generator) -> Array:
        """About so many arrivals, seconds, float64 (n,), ascending."""
        share = self.hold_s[0] / sum(self.hold_s)
        mean = self.rates[0] * share + self.rates[1] * (1 - share)
        seconds = count / mean
        pairs = max(int(np.ceil(seconds / sum(self.hold_s))), 1) + 1
        holds = rng.exponential(np.tile(self.hold_s, pairs))
        ends = np.cumsum(holds)
        parts = [
            rng.uniform(start, end, rng.poisson(self.rates[state % 2] * (end - start)))
            for state, (start, end) in enumerate(pairwise([0.0, *ends]))
        ]
        times = np.sort(np.concatenate(parts))
        if self.rates[0] == self.rates[1]:
            times = times[:count]
        return times if len(times) else np.zeros(1)


def fitted(trace: Trace) -> Fitted:
    """The two rates that tell the trace's seconds apart best, and how long runs of each last."""
    width = max(_LEAST_S, trace.seconds / _BINS)
    counts = np.bincount((trace.times / width).astype(np.intp)).astype(np.float64)
    mean = float(counts.mean())
    if counts.var() <= _EVEN * mean:
        return Fitted((mean / width, mean / width), (trace.seconds, trace.seconds))
    high = counts >= _threshold(counts)
    rates = (float(counts[~high].mean()) / width, float(counts[high].mean()) / width)
    turns = max(int(np.count_nonzero(np.diff(high))) / 2, 0.5)
    hold = (float((~high).sum()) * width / turns, float(high.sum()) * width / turns)
    return Fitted(rates, hold)


def _threshold(counts: Array) -> float:
    """Between the means of two groups of counts, each nearest to its own: Lloyd's."""
    found = float(counts.mean())
    for _ in range(_ROUNDS):
        high = counts >= found
        if high.all() or not high.any():
            break
        found = (float(counts[high].mean()) + float(counts[~high].mean())) / 2
    return found
