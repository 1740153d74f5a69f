"""Latencies as a mixture: each part is something fixed, and a run whose time varies. Pure."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_POINTS = 1024
_CELLS = 16_384  # of the noise's density, over the logarithm of the factor
_NONE = 1e-3  # of noise, as good as none
_SORTED = 8192  # points of a mixture whose percentiles are asked for, about


@lru_cache(maxsize=64)
def noise_points(noise: float) -> Floats:
    """Factors of equal weight on a run's time, float64 (n,), ascending, of mean 1.

    The midpoints of 1,024 slices of the gamma distribution whose coefficient of variation is
    `noise`, found by adding up its density over the factor's logarithm; a single 1 for none.
    """
    if noise < _NONE:
        return np.ones(1)
    shape = 1 / noise**2
    # Nothing to speak of lies outside of this: the density falls as exp(shape (y - e^y)).
    at = np.linspace(-12 * noise - 16 * noise**2, np.log1p(14 * noise + 16 * noise**2), _CELLS)
    weight = np.exp(shape * (at - np.expm1(at)))
    share = np.cumsum(weight) - weight / 2
    found = np.exp(np.interp((np.arange(_POINTS) + 0.5) / _POINTS, share / weight.sum(), at))
    return np.asarray(found / found.mean())


@dataclass(frozen=True, slots=True)
class Latency:
    """A request takes `fixed_s + run_s * factor` with probability `weight`; arrays (n,).

    Weights add up to the share that is answered at all.
    """

    fixed_s: Floats
    run_s: Floats
    weight: Floats
    noise: float

    def share_over(self, limit_s: float) -> float:
        """The share of all requests that take longer, or are never answered."""
        points = noise_points(self.noise)
        room = limit_s - self.fixed_s
        if len(points) == 1:
            within = (room >= self.run_s).astype(np.float64)
        else:
            factor = np.where(self.run_s > 0, room / np.maximum(self.run_s, 1e-12), np.sign(room))
            ranks = (np.arange(len(points)) + 0.5) / len(points)
            within = np.interp(factor, points, ranks, left=0.0, right=1.0)
        return float(1.0 - self.weight @ within)

    def percentiles_s(self, percents: tuple[float, ...]) -> tuple[float, ...]:
        """Percentiles of the answered requests, seconds; NaN where none is answered."""
        if not self.weight.sum():
            return tuple(float("nan") for _ in percents)
        points, weights = self.points()
        share = (np.cumsum(weights) - weights / 2) / weights.sum()
        return tuple(float(np.interp(percent / 100, share, points)) for percent in percents)

    def points(self) -> tuple[Floats, Floats]:
        """Latencies ascending, and the weight of each: for percentiles and for a picture."""
        points = noise_points(self.noise)
        some = max(min(_SORTED // len(self.weight), len(points)), 32)
        if len(points) > some:
            edges = np.linspace(0, len(points), some + 1).astype(int)
            points = np.add.reduceat(points, edges[:-1]) / np.diff(edges)
        latency = (self.fixed_s[:, None] + self.run_s[:, None] * points).ravel()
        weight = np.repeat(self.weight / len(points), len(points))
        order = np.argsort(latency)
        return latency[order], weight[order]


def billed_run_s(run_s: float, noise: float) -> float:
    """What a run of so many seconds on average is billed, each to the next whole millisecond."""
    return float(np.ceil(noise_points(noise) * run_s * 1000 - 1e-6).mean()) / 1000
