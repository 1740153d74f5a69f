"""The requests of a trace, as a lane meets them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Calls:
    """When requests come, and what each asks for. Arrays are float64 (n,)."""

    at_s: NDArray[np.float64]  # ascending, from the start of the trace
    factors: NDArray[np.float64]  # on the time of the run that begins with it: noise, of mean 1
    seconds: float  # that the trace lasts
    more_s: NDArray[np.float64] | None = None  # on one vCPU, more or less than the average body

    def __len__(self) -> int:
        return len(self.at_s)

    def where(self, chosen: NDArray[np.bool_]) -> "Calls":
        """Those of a mask, bool (n,), over the same time."""
        more_s = None if self.more_s is None else self.more_s[chosen]
        return Calls(self.at_s[chosen], self.factors[chosen], self.seconds, more_s)


def noise(variation: float, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Factors on the time of runs, float64 (count,): gamma, of mean 1 and that coefficient of
    variation.
    """
    if not variation:
        return np.ones(count)
    shape = 1 / variation**2
    return rng.gamma(shape, 1 / shape, count)
