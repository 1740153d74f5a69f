"""When requests come, summed up once: what a plan is made from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from samovar_cli.planning.gathering import Gathering, poisson_gathering
from samovar_cli.planning.latency import Floats
from samovar_cli.planning.levels import Levels, poisson_levels
from samovar_cli.planning.recorded import WINDOWS_S, recorded

_PEAKS_S = (0.1, 1.0, 10.0, 60.0)


class Pattern(Protocol):
    """What arrivals make of environments and of batches."""

    def levels(self, hold_s: float) -> Levels:
        """How many are at work at once, where each holds an environment for so long."""

    def gather(self, window_s: int, most: int) -> Gathering:
        """What batches there are."""

    def least_batches(self, window_s: int, most: int) -> float:
        """No fewer batches a second than this."""

    def windows(self) -> tuple[int, ...]:
        """The windows that may be asked for, whole seconds."""


@dataclass(frozen=True, slots=True)
class Poisson:
    """Requests that know nothing of each other."""

    rate: float

    def levels(self, hold_s: float) -> Levels:
        """Erlang's."""
        return _poisson_levels(self.rate, hold_s)

    def gather(self, window_s: int, most: int) -> Gathering:
        """In closed form."""
        return poisson_gathering(self.rate, float(window_s), most)

    def least_batches(self, window_s: int, most: int) -> float:
        """As many as there would be if all were of the average size, or full."""
        return self.rate / min(most, 1 + self.rate * window_s)

    def windows(self) -> tuple[int, ...]:
        """All."""
        return WINDOWS_S


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A summary of when requests come."""

    rate: float  # a second, on average
    pattern: Pattern
    scv: float = 1.0  # squared coefficient of variation of the times between them
    idle: float = 0.0  # the share of time in gaps of a minute and more
    peaks: Mapping[float, float] | None = None  # window in seconds → the highest rate in one
    times: Floats | None = None  # of a trace
    seconds: float = 0.0  # that it lasts


_poisson_levels = lru_cache(maxsize=1024)(poisson_levels)


def at_rate(rate: float) -> Arrivals:
    """Requests that know nothing of each other, `rate` a second: a Poisson process."""
    idle = float(np.exp(-60 * rate) * (1 + 60 * rate))
    return Arrivals(rate, Poisson(rate), idle=idle)


def of_trace(times: Floats, seconds: float, *, slo_s: float = 0.0, init_s: float = 0.5) -> Arrivals:
    """A trace of times from its start, float64 (n,), ascending.

    Batches are looked at for windows within `slo_s`; `init_s` is of a cold start.
    """
    windows = tuple(window for window in WINDOWS_S if window <= max(slo_s, 0.0))
    gaps = np.diff(times)
    mean = float(gaps.mean()) if len(gaps) else 0.0
    return Arrivals(
        len(times) / seconds,
        recorded(times, seconds, init_s, windows),
        float(gaps.var() / mean**2) if mean else 0.0,
        float(gaps[gaps >= 60].sum() / seconds),
        {window: _peak(times, window) for window in _PEAKS_S},
        times,
        seconds,
    )


def _peak(times: Floats, window_s: float) -> float:
    """The highest rate within any window of so many seconds that begins with a request."""
    until = np.searchsorted(times, times + window_s, "left")
    return float((until - np.arange(len(times))).max() / window_s)
