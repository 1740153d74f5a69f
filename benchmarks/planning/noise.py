"""How the time of a run varies: the gamma distribution of the simulator, as tables. Pure."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_GRID = 20_001
_REACH = 12.0  # standard deviations over the mean, beyond which nothing is expected


@dataclass(frozen=True, slots=True)
class Noise:
    """Factors of mean 1 on the time of a run."""

    cv: float

    def over(self, factor: Array) -> Array:
        """The share of runs that take more than `factor` times the mean; float64, as given."""
        if not self.cv:
            return np.asarray(factor < 1, np.float64)
        grid, share = _survival(self.cv)
        return np.interp(factor, grid, share, left=1.0, right=0.0)

    def quantile(self, share: float) -> float:
        """The factor that `share` of all runs stay under."""
        if not self.cv:
            return 1.0
        grid, over = _survival(self.cv)
        return float(np.interp(-(1 - share), -over, grid))

    def billed_s(self, mean_s: float, most_s: float = np.inf) -> float:
        """What Lambda bills for a run on average, seconds: each rounded up to a millisecond.

        A run is cut off after `most_s`.
        """
        end = min(mean_s * (1 + _REACH * self.cv), most_s)
        whole = np.arange(int(np.ceil(end * 1000 - 1e-6))) / 1000  # a run over it pays one more
        return float(self.over((whole + 1e-9) / mean_s).sum()) / 1000 if mean_s else 0.0


@cache
def _survival(cv: float) -> tuple[Array, Array]:
    """A grid of factors, and the share of runs over each: its density, added up from above."""
    shape = 1 / cv**2
    grid = np.linspace(0.0, 1 + _REACH * cv, _GRID)
    with np.errstate(divide="ignore"):
        power = (shape - 1) * np.log(grid) - shape * grid
    density = np.exp(power - np.nanmax(power))
    steps = (density[1:] + density[:-1]) / 2
    above = np.concatenate((np.cumsum(steps[::-1])[::-1], [0.0]))
    return grid, above / above[0]
