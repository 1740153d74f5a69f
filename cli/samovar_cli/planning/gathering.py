"""How messages of a queue come together in batches, while pollers are free. Pure."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from samovar_cli.planning.latency import Floats

_SLICES = 12  # of a window in which a message may have come
_SIZES = 48  # different sizes of batches, at most


@dataclass(frozen=True, slots=True)
class Gathering:
    """What a batch's rule makes of arrivals.

    A request waits `wait_s` in a batch of `size` with probability `weight`; arrays (n,). A
    batch is of `sizes` with probability `shares`; arrays (m,).
    """

    batches_a_second: float
    wait_s: Floats
    size: Floats
    weight: Floats
    sizes: Floats
    shares: Floats
    receives: float  # calls that bring a batch's messages, ten in each at most, on average


def gathering(
    rate: float, wait_s: Floats, size: Floats, weight: Floats, received: int = 10
) -> Gathering:
    """The same by what single requests meet; batches follow, since a request weighs 1/size."""
    weight = weight / weight.sum()
    sizes, place = np.unique(size, return_inverse=True)
    batches = np.bincount(place, weight / size)
    a_request = float(batches.sum())
    shares = np.asarray(batches / a_request, np.float64)
    receives = float(shares @ np.ceil(sizes / received))
    return Gathering(rate * a_request, wait_s, size, weight, sizes, shares, receives)


@lru_cache(maxsize=4096)
def poisson_gathering(rate: float, window_s: float, most: int) -> Gathering:
    """Batches that close when full, or `window_s` after their first message.

    Closed form: the others of a batch are Poisson's, those of a batch that is not full came at
    any time within its window; a full one took Erlang's time for the last of them.
    """
    if most == 1 or window_s <= 0:
        return gathering(rate, np.zeros(1), np.ones(1), np.ones(1))
    parts = [_part_full(window_s, n, p) for n, p in _open_sizes(rate * window_s, most)]
    left = 1.0 - sum(p for _, p in _open_sizes(rate * window_s, most))
    if left > 1e-9:
        parts.extend(_full(rate, window_s, most, left))
    wait, size, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return gathering(rate, wait, size, weight)


def _open_sizes(load: float, most: int) -> list[tuple[float, float]]:
    """Sizes of batches that the window closes, each with its probability; few, where many."""
    low = max(0, int(load - 8 * np.sqrt(load) - 4))
    numbers = np.arange(low, min(most - 1, int(load + 8 * np.sqrt(load) + 12)))
    if not len(numbers):
        return []
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, numbers[-1] + 1)))))
    chance = np.exp(numbers * np.log(load) - factorials[numbers] - load)
    groups = np.array_split(np.arange(len(numbers)), min(_SIZES, len(numbers)))
    whole = [float(chance[group].sum()) for group in groups]
    return [
        (float(chance[group] @ numbers[group]) / total + 1, total)
        for group, total in zip(groups, whole, strict=True)
        if total > 1e-12
    ]


def _part_full(window_s: float, size: float, chance: float) -> tuple[Floats, Floats, Floats]:
    """Waits in a batch that its window closes: all of it for the first, any part for others."""
    wait = np.concatenate(([window_s], (np.arange(_SLICES) + 0.5) / _SLICES * window_s))
    weight = np.concatenate(([chance], np.full(_SLICES, chance * (size - 1) / _SLICES)))
    return wait, np.full(len(wait), size), weight


def _full(
    rate: float, window_s: float, most: int, chance: float
) -> list[tuple[Floats, Floats, Floats]]:
    """Waits in a full batch, by slices of how long its last member took to come."""
    found = []
    for took in _erlang_within(rate, window_s, most - 1):
        inner = (np.arange(_SLICES) + 0.5) / _SLICES * took
        wait = np.concatenate(([took, 0.0], inner))
        each = chance / _SLICES
        weight = np.concatenate(([each, each], np.full(_SLICES, each * (most - 2) / _SLICES)))
        found.append((wait, np.full(len(wait), float(most)), weight))
    return found


def _erlang_within(rate: float, window_s: float, arrivals: int) -> Floats:
    """Midpoints of slices of the time until so many came, given that it is within the window."""
    mean, deviation = arrivals / rate, np.sqrt(arrivals) / rate
    low = max(min(mean - 8 * deviation, window_s * 0.5), window_s * 1e-4)
    at = np.linspace(low, min(window_s, mean + 10 * deviation), 512)
    log = (arrivals - 1) * np.log(at) - rate * at
    weight = np.exp(log - log.max())
    share = (np.cumsum(weight) - weight / 2) / weight.sum()
    return np.asarray(np.interp((np.arange(_SLICES) + 0.5) / _SLICES, share, at))
