"""The cheapest cut of a trace into batches, by dynamic programming. Pure.

A batch is a row of consecutive requests that runs once the last of them came. It costs what its
size costs, and a penalty for each request that it makes late. All penalties are tried at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LateAfter = Callable[[int, Array], Array]
"""(size of a batch, how long a request waited for the batch's last) → the chance to be late."""
_CHUNK = 1024
_STEPS = 4096
_NEVER = 1e-9  # a chance that is none


@dataclass(frozen=True, slots=True)
class Cuts:
    """What batches cost, and how likely a wait makes one of their requests late."""

    cost: Array  # (k,), US dollars of a batch of 1, 2, … k requests
    run_s: Array  # (k,), how long it runs
    late: Array  # (k, _STEPS + 1), for a wait of so many steps or more; ascending
    step_s: float

    @classmethod
    def of(cls, cost: Array, run_s: Array, late_after: LateAfter, longest_s: float) -> "Cuts":
        """Waits are told apart up to `longest_s`; between two steps the lower chance counts."""
        step = max(longest_s, 1e-6) / _STEPS
        waits = np.arange(_STEPS + 1) * step
        late = np.stack([late_after(size + 1, waits) for size in range(len(cost))])
        return cls(cost, run_s, np.where(late < _NEVER, 0.0, late), step)


@dataclass(frozen=True, slots=True)
class Rules:
    """Prices that are tried at once, US dollars; each float64 (u,)."""

    late: Array  # of a request that is late
    batch: Array  # of a batch, beside its size's cost
    alone: Array  # of a request answered by itself at another door; infinite for none
    saved: Array | None = None  # (n,): what a batch with this one last saves a second


def cheapest(times: Array, cuts: Cuts, rules: Rules) -> Array:
    """The least cost of answering all of `times` by each of the rules; float64 (u,).

    `times` ascend, seconds, (n,). Time grows as n × sizes × rules.
    """
    most = len(cuts.cost)
    best = np.full((most + len(times) + 1, len(rules.late)), np.inf)
    best[most] = 0.0
    last = most + 1  # best[last] is the cost of all requests up to `last - most`
    # The largest batch first, as the window of `best` begins with the fewest requests done.
    batch = cuts.cost[::-1, None] + rules.batch
    for late in late_counts(times, cuts):
        prices = late.T[:, ::-1, None] * rules.late + batch
        if rules.saved is not None:
            done = last - most - 1
            saved = rules.saved[done : done + len(prices), None]
            prices -= (saved * cuts.run_s[::-1])[:, :, None]
        np.minimum(prices[:, -1], rules.alone, out=prices[:, -1])
        for price in prices:
            price += best[last - most : last]
            price.min(axis=0, out=best[last])
            last += 1
    return best[-1]


def late_counts(times: Array, cuts: Cuts) -> Iterator[Array]:
    """How many are late, on average, in a batch of each size that ends with each request.

    In pieces of the trace, float64 (sizes, requests of the piece). Sizes that would begin
    before the trace have a meaningless count.
    """
    surely = len(cuts.late[0]) - 1
    first = int(np.argmax(cuts.late.max(axis=0) > 0)) if cuts.late.any() else surely
    for start in range(0, len(times), _CHUNK):
        yield _Piece(times, start, cuts).counts(first, surely)


class _Piece:
    """The batches that end with one of a few consecutive requests."""

    def __init__(self, times: Array, start: int, cuts: Cuts) -> None:
        self._times, self._cuts = times, cuts
        self._ends = np.arange(start, min(start + _CHUNK, len(times)))

    def counts(self, first: int, surely: int) -> Array:
        """Waits of `first` steps may be late, those of `surely` are as late as they get."""
        near, far = self._before(first), self._before(surely)
        sizes = np.arange(1, len(self._cuts.cost) + 1)[:, None]
        most = self._cuts.late[:, -1:]
        counts = np.maximum(sizes - far, 0) * most
        for back in range(int(near.min()), min(int(far.max()), len(sizes))):
            self._add(counts, back, np.flatnonzero((near <= back) & (back < far)))
        return counts

    def _before(self, steps: int) -> NDArray[np.intp]:
        """How many requests, from a batch's last one backwards, waited for fewer steps."""
        until = self._times[self._ends] - steps * self._cuts.step_s
        fewer = self._ends + 1 - np.searchsorted(self._times, until, "right")
        return np.maximum(fewer, 0)  # those that come at the same moment are not before it

    def _add(self, counts: Array, back: int, these: NDArray[np.intp]) -> None:
        """The request that came so many before the last, in all batches that it is in."""
        ends = self._ends[these]
        wait = self._times[ends] - self._times[np.maximum(ends - back, 0)]
        step = np.minimum(wait / self._cuts.step_s, self._cuts.late.shape[1] - 1).astype(np.intp)
        counts[back:, these] += self._cuts.late[back:, step]
