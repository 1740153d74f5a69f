"""When requests come: generated traces of the shapes that services meet. Pure.

All give seconds from the start, float64 (n,), ascending, within [0, seconds).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
_GRID = 10_001


def poisson(rate: float, seconds: float, rng: np.random.Generator) -> Seconds:
    """Requests that know nothing of each other, `rate` a second."""
    return _uniform(rng.poisson(rate * seconds), 0.0, seconds, rng)


def mmpp(
    rates: Sequence[float], hold_s: float, seconds: float, rng: np.random.Generator
) -> Seconds:
    """A rate that jumps between `rates` in turn, each held for `hold_s` on average.

    A Markov-modulated Poisson process, whose holding times are exponential.
    """
    parts, now, state = [np.empty(0)], 0.0, 0
    while now < seconds:
        end = min(seconds, now + rng.exponential(hold_s))
        count = rng.poisson(rates[state % len(rates)] * (end - now))
        parts.append(_uniform(count, now, end, rng))
        now, state = end, state + 1
    return np.concatenate(parts)


def shaped(
    rate_at: Callable[[Seconds], Seconds], seconds: float, rng: np.random.Generator
) -> Seconds:
    """A Poisson process whose rate follows `rate_at`, requests a second at each time.

    The rate is read on a grid of 10,000 steps and taken as linear between them.
    """
    grid = np.linspace(0.0, seconds, _GRID)
    rates = rate_at(grid)
    steps = (rates[1:] + rates[:-1]) / 2 * np.diff(grid)
    expected = np.concatenate(([0.0], np.cumsum(steps)))
    inner = _uniform(rng.poisson(expected[-1]), 0.0, expected[-1], rng)
    return np.interp(inner, expected, grid)


def diurnal(mean: float, seconds: float, rng: np.random.Generator, *, peak: float = 3.0) -> Seconds:
    """A day of `seconds`: quiet at its ends, `peak` times the mean at its middle.

    The rate is proportional to a power of a raised cosine; its night is nearly empty.
    """
    power = _power_of(peak)
    grid = (np.arange(_GRID) + 0.5) / _GRID
    scale = mean / float(np.mean(_raised(grid, power)))
    return shaped(lambda at: scale * _raised(at / seconds, power), seconds, rng)


def flash_crowd(
    rate: float, seconds: float, rng: np.random.Generator, *, times: float = 50.0
) -> Seconds:
    """A steady rate into which a crowd falls: `times` as many within seconds, gone in minutes.

    The crowd comes after a third of the time, is all there 10 s later and halves every minute.
    """
    begin = seconds / 3

    def rate_at(at: Seconds) -> Seconds:
        rise = np.clip((at - begin) / 10.0, 0.0, 1.0)
        fall = 0.5 ** (np.maximum(at - begin - 10.0, 0.0) / 60.0)
        return rate * (1.0 + (times - 1.0) * rise * fall)

    return shaped(rate_at, seconds, rng)


def _uniform(count: int, start: float, end: float, rng: np.random.Generator) -> Seconds:
    times = rng.uniform(start, end, count)
    times.sort()
    return times


def _raised(share: Seconds, power: float) -> Seconds:
    return np.asarray((0.5 - 0.5 * np.cos(2 * np.pi * share)) ** power)


def _power_of(peak: float) -> float:
    """The power whose curve has `peak` times its own mean at the top, by bisection."""
    grid = (np.arange(_GRID) + 0.5) / _GRID
    low, high = 0.0, 64.0
    for _ in range(60):
        power = (low + high) / 2
        low, high = (power, high) if 1 / np.mean(_raised(grid, power)) < peak else (low, power)
    return low


Shape = Callable[[float, float, np.random.Generator], Seconds]
"""Requests a second on average, seconds, random numbers → a trace."""
SHAPES: Mapping[str, Shape] = {
    "poisson": poisson,
    "bursts": lambda rate, seconds, rng: mmpp((rate * 0.02, rate * 1.98), 30.0, seconds, rng),
    "mmpp": lambda rate, seconds, rng: mmpp((rate * 2 / 101, rate * 200 / 101), 30.0, seconds, rng),
    "day": diurnal,
    "crowd": flash_crowd,
}
"""Name → a trace of a mean rate; a crowd's rate is the one outside the crowd."""
