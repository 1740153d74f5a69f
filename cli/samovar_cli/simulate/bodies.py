"""How large requests are: drawn, and as a bill counts them. Pure; sizes are int64 (n,), bytes."""

import numpy as np
from numpy.typing import NDArray

Sizes = NDArray[np.int64]
_KB = 1024
_FINE, _COARSE = 64, _KB  # bytes that a size is rounded up to: below 16 KB, and above
_FINE_UNTIL = 16 * _KB


def lognormal_sizes(mean: float, variation: float, count: int, rng: np.random.Generator) -> Sizes:
    """Bodies of `mean` bytes on average, with a coefficient of variation: a long tail."""
    if not mean:
        return np.zeros(count, np.int64)
    sigma2 = np.log1p(variation**2)
    drawn = rng.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2), count)
    return np.maximum(np.rint(drawn), 1).astype(np.int64)


def shares(sizes: Sizes) -> tuple[tuple[int, float], ...]:
    """Sizes and the share of requests of each, no more than some thousand of them.

    Each is rounded up to 64 bytes, a large one to a KB: no service bills in smaller steps, but
    for what it moves.
    """
    step = np.where(sizes <= _FINE_UNTIL, _FINE, _COARSE)
    found, counts = np.unique(-(-sizes // step) * step, return_counts=True)
    return tuple(zip(found.tolist(), (counts / len(sizes)).tolist(), strict=True))
