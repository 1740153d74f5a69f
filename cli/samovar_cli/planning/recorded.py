"""What a trace makes environments and batches do, measured on the trace itself. Pure.

Levels are computed once, at some holding times; what a plan asks for lies between two of them.
Batches are counted for the windows and sizes that a plan comes to look at.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samovar_cli.planning.gathering import Gathering, gathering
from samovar_cli.planning.latency import Floats
from samovar_cli.planning.levels import KEEP_S, Levels

Ints = NDArray[np.int64]
WINDOWS_S = (
    *(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20),
    *(25, 30, 35, 40, 45, 50, 55, 60),
)
"""Whole seconds, as template.yaml's JobWindow takes them."""
SIZES = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32)
"""Jobs of a run, as its JobBatch takes them."""
_HOLDS_S = tuple(float(hold) for hold in np.geomspace(0.004, 66.0, 11))
_GATHERED = 60_000  # requests of a trace whose batches are counted, …
_STRETCH = 3000  # … in stretches of so many
_KEPT = 384  # of them, that stand for all
_SETTLES = 2  # rounds in which starting environments make others start


def recorded_levels(times: Floats, seconds: float, hold_s: float, init_s: float) -> Levels:
    """The levels of a trace whose requests each hold an environment for `hold_s`.

    A cold start holds it for `init_s` more, and those may need others. float64 (n,) ascending.
    """
    at_work = _at_work(times, hold_s)
    starting = np.zeros(len(times), np.int64)
    cold = np.zeros(len(times), bool)
    for _ in range(_SETTLES):
        cold = _is_cold(times, at_work + starting, hold_s)
        begun = np.concatenate(([0], np.cumsum(cold)))
        since = np.searchsorted(times, times - hold_s - init_s, "left")
        until = np.searchsorted(times, times - hold_s, "left")
        starting = begun[until] - begun[since]
    level = (at_work + starting)[cold]
    count = int(max(at_work.max() + 1, level.max(initial=0) + 1))
    busy = _busy(times, hold_s, seconds, count)
    load = len(times) * hold_s / seconds
    cold_levels = np.bincount(level, minlength=count) / seconds
    return Levels(0, load, cold_levels, busy, np.maximum(1 - np.cumsum(busy) / busy.sum(), 0.0))


def _at_work(times: Floats, hold_s: float) -> Ints:
    """How many others are at work when each comes, int64 (n,)."""
    return np.arange(len(times)) - np.searchsorted(times, times - hold_s, "right")


def _is_cold(times: Floats, at_work: Ints, hold_s: float) -> NDArray[np.bool_]:
    """Whether no more were at work at any time while an idle environment is kept, bool (n,)."""
    number = np.arange(len(times))
    oldest = np.searchsorted(times, times - KEEP_S - hold_s, "left")
    return _most_within(at_work + 1, np.minimum(oldest, number), number) <= at_work


def _most_within(values: Ints, start: Ints, stop: Ints) -> Ints:
    """The largest of values[start:stop] for each pair; 0 for none. By tables of doubling spans."""
    found = np.zeros(len(values), np.int64)
    length = stop - start
    power = np.where(length > 0, np.frexp(np.maximum(length, 1))[1] - 1, -1)
    table = values
    for exponent in range(int(power.max(initial=-1)) + 1):
        span = 1 << exponent
        mine = np.flatnonzero(power == exponent)
        found[mine] = np.maximum(table[start[mine]], table[stop[mine] - span])
        if len(table) <= span:
            break  # nothing is longer
        table = np.maximum(table[: len(table) - span], table[span:])
    return found


def _busy(times: Floats, hold_s: float, seconds: float, count: int) -> Floats:
    """The share of time in which at least 1, 2, … are at work, float64 (count,)."""
    at = np.concatenate((times, times + hold_s))
    order = np.argsort(at, kind="stable")
    step = np.concatenate((np.ones(len(times), np.int64), np.full(len(times), -1)))[order]
    there = np.maximum(np.cumsum(step)[:-1], 0)
    spent = np.bincount(there, np.diff(at[order]), count + 1)
    return np.asarray(np.cumsum(spent[::-1])[::-1][1 : count + 1] / max(seconds, at.max()))


def recorded_gathering(times: Floats, window_s: float, most: int, rate: float) -> Gathering:
    """Batches of a trace that close when full, or `window_s` after their first message."""
    if most == 1 or window_s <= 0:
        return gathering(rate, np.zeros(1), np.ones(1), np.ones(1))
    after = np.minimum(
        np.searchsorted(times, times + window_s, "right"), np.arange(len(times)) + most
    ).tolist()
    firsts, at = [], 0
    while at < len(after):
        firsts.append(at)
        at = after[at]
    first = np.array(firsts)
    sizes = np.diff(np.append(first, len(times)))
    closed = times[first] + window_s
    full = sizes == most
    closed[full] = times[first[full] + most - 1]
    return _sampled(np.repeat(closed, sizes) - times, np.repeat(sizes, sizes), rate)


def _sampled(wait_s: Floats, size: Ints, rate: float) -> Gathering:
    """A gathering of requests that stand for all of them, spread over sizes and waits alike."""
    exact = gathering(rate, wait_s, size.astype(np.float64), np.ones(len(size)))
    order = np.lexsort((wait_s, size))
    groups = np.array_split(order, min(_KEPT, len(order)))
    middle = np.array([group[len(group) // 2] for group in groups])
    weight = np.array([len(group) for group in groups], np.float64)
    return Gathering(
        exact.batches_a_second,
        wait_s[middle],
        size[middle].astype(np.float64),
        weight / weight.sum(),
        exact.sizes,
        exact.shares,
        exact.receives,
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A trace, as a plan asks for it: nodes of holding times, windows and sizes."""

    rate: float
    times: Floats  # of which batches are counted
    nodes: tuple[Levels, ...]  # at each of `_HOLDS_S`
    fewest: Mapping[int, float]  # window → batches a second, if they could have any size
    gathered: dict[tuple[int, int], Gathering] = field(default_factory=dict)

    def levels(self, hold_s: float) -> Levels:
        """The levels of requests that each hold an environment for so long."""
        after = min(max(bisect(_HOLDS_S, hold_s), 1), len(_HOLDS_S) - 1)
        low, high = _HOLDS_S[after - 1], _HOLDS_S[after]
        part = float(np.clip(np.log(hold_s / low) / np.log(high / low), 0.0, 1.0))
        return _between(self.nodes[after - 1], self.nodes[after], part)

    def gather(self, window_s: int, most: int) -> Gathering:
        """Its batches; those that were asked for before are not counted again."""
        node = window_s, most if window_s else 1
        if node not in self.gathered:
            self.gathered[node] = recorded_gathering(self.times, window_s, most, self.rate)
        return self.gathered[node]

    def least_batches(self, window_s: int, most: int) -> float:
        """As many as there would be if all were full, or as large as they like."""
        return max(self.rate / most, self.fewest[window_s])

    def windows(self) -> tuple[int, ...]:
        """The windows that were looked at, whole seconds."""
        return tuple(self.fewest)


def _between(low: Levels, high: Levels, part: float) -> Levels:
    count = max(len(low.busy), len(high.busy))

    def mixed(first: Floats, second: Floats) -> Floats:
        padded = [np.pad(column, (0, count - len(column))) for column in (first, second)]
        return np.asarray(padded[0] * (1 - part) + padded[1] * part)

    return Levels(
        0,
        low.load * (1 - part) + high.load * part,
        mixed(low.cold, high.cold),
        mixed(low.busy, high.busy),
        mixed(low.turned_away, high.turned_away),
    )


def recorded(times: Floats, seconds: float, init_s: float, windows_s: Sequence[int]) -> Recorded:
    """All nodes of a trace, for windows of `WINDOWS_S`."""
    rate = len(times) / seconds
    some = _stretches(times)
    fewest = {
        window: recorded_gathering(some, window, len(some), rate).batches_a_second
        for window in windows_s
    }
    nodes = tuple(recorded_levels(times, seconds, hold, init_s) for hold in _HOLDS_S)
    return Recorded(rate, some, nodes, fewest)


def _stretches(times: Floats) -> Floats:
    """As many stretches of a trace, evenly spread, as there is time to look at; or all of it."""
    if len(times) <= _GATHERED:
        return times
    count = _GATHERED // _STRETCH
    starts = np.linspace(0, len(times) - _STRETCH, count).astype(int)
    return np.asarray(times[(starts[:, None] + np.arange(_STRETCH)).ravel()])
