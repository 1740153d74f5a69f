"""How many requests are at work at once, and how often that takes a new environment. Pure.

Environments are taken last in, first out, so the k-th one works only while k requests do, and
it is cold when k requests have not been at work together for as long as an idle environment is
kept. So cold starts are crossings of levels, and need no simulation. With requests that know
nothing of each other the number at work is Poisson's, whatever the distribution of times
(Erlang's M/G/infinity); how rarely a level is reached is that chain's mean first passage time
(Keilson 1979), and rare events come as a Poisson process.
"""

from dataclasses import dataclass
from math import ceil, lgamma, sqrt

import numpy as np
from numpy.typing import NDArray

from samovar_cli.planning.latency import Floats

KEEP_S = 600.0
"""An idle environment is kept for so long, as the simulator takes it."""
_DEVIATIONS = 9.0


@dataclass(frozen=True, slots=True)
class Levels:
    """For each number k = `first` + 1, `first` + 2, … of requests at work at once; arrays (n,).

    No fewer than `first` are at work at any time to speak of.
    """

    first: int
    load: float  # at work, on average
    cold: Floats  # cold starts a second that the k-th environment has
    busy: Floats  # the share of time in which at least k are at work
    turned_away: Floats  # the share of requests that find no room where there are only k

    def cold_over(self, ready: int) -> float:
        """Cold starts a second where the first `ready` environments are always there."""
        return float(self.cold[max(ready - self.first, 0) :].sum())

    def carried(self, ready: int) -> float:
        """How many of `ready` environments that are taken first are at work, on average."""
        return self.load * (1 - self.refused(ready))

    def refused(self, most: int) -> float:
        """The share of requests for which there is no room in `most` environments."""
        k = most - self.first - 1
        if k < 0:  # all of them are always at work
            return 1 - most / max(self.load, most, 1e-300)
        return float(self.turned_away[k]) if k < len(self.turned_away) else 0.0

    def ready_for(self, cold_a_second: float) -> int:
        """The fewest environments to keep ready so that no more cold starts are left."""
        left = np.concatenate((np.cumsum(self.cold[::-1])[::-1], [0.0]))
        return self.first + int(np.argmax(left <= cold_a_second))

    def worth(self, share: float) -> int:
        """How many ready environments are each at work for more than this share of the time."""
        lost = np.concatenate(([self.refused(self.first)], self.turned_away))
        return self.first + int(np.count_nonzero(-np.diff(lost) * self.load > share))

    def reached(self, share: float) -> int:
        """How many are at work for more than this share of the time."""
        return self.first + int(np.count_nonzero(self.busy > share))


def poisson_levels(rate: float, hold_s: float, keep_s: float = KEEP_S) -> Levels:
    """The levels of `rate` requests a second that each hold an environment for `hold_s`."""
    load = rate * hold_s
    first = max(0, int(load - _DEVIATIONS * sqrt(load) - 12))
    numbers = np.arange(first, ceil(load + _DEVIATIONS * sqrt(load) + 12) + 1)
    at_work = _poisson(load, numbers)
    below = np.minimum(np.cumsum(at_work), 1.0)  # P(N <= n)
    with np.errstate(divide="ignore", over="ignore"):
        step = np.where(at_work > 0, below / (rate * at_work), np.inf)
    usual = np.where(numbers >= int(load), step, 0.0)[:-1]  # from where the number usually is …
    often = 1 / np.maximum(np.cumsum(usual), step[:-1])  # … to one more than n, seconds
    cold = often * below[:-1] * np.exp(-often * keep_s)
    lost = at_work[1:] / below[1:]  # Erlang's B
    return Levels(first, load, cold, np.maximum(1.0 - below[:-1], 0.0), lost)


def _poisson(mean: float, numbers: NDArray[np.int64]) -> Floats:
    """The chance of each of some consecutive numbers; rising ones, float64 (n,)."""
    steps = np.log(np.maximum(numbers, 1))
    steps[0] = lgamma(numbers[0] + 1)
    log = numbers * np.log(max(mean, 1e-300)) - np.cumsum(steps) - mean
    return np.asarray(np.exp(log))
