"""The processes that take jobs of `auto` models, over a trace; as samovar.router has them."""

import zlib
from bisect import bisect_left
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from samovar.routing import (
    Load,
    grown,
    is_awake,
    is_woken,
    share,
    waiting,
    wanted,
    woken,
)

if TYPE_CHECKING:
    from samovar_cli.simulate.routing import Routing

_JOBS, _LEAST_S, _MOST_S = 16, 1.0, 10.0  # between what a process tells
_EPOCH_MS = 1_000_000_000  # of the simulated clock


class Taker:
    """One of those that take jobs: it tells of them now and then, and routes in between."""

    def __init__(self, routing: "Routing", at: list[float]) -> None:
        self.next_s = at[0]
        self._routing = routing
        self._at = at
        self._view: Load | None = None
        self._endpoint = Load("*")
        self._looked_s = -inf
        self._said = self._next = 0

    def turn(self, now: float) -> tuple[int, int, NDArray[np.bool_]]:
        """The first and the last of the next jobs, and which of them go to the endpoint."""
        here = self._next
        self._say(here, now)
        soon = max(self._said + _JOBS - 1, bisect_left(self._at, now + _LEAST_S, here + 1))
        late = bisect_left(self._at, now + _MOST_S, here + 1)
        self._next = min(max(min(soon, late), here + 1), len(self._at))
        self.next_s = self._at[self._next] if self._next < len(self._at) else inf
        return here, self._next, self._chosen(self._next - here, ms_of(now))

    def _say(self, here: int, now: float) -> None:
        routing = self._routing
        if self._view is None:  # its first job: it only reads
            routing.reads += 1
            self._view = routing.item
            return
        jobs = here + 1 - self._said
        work_s = routing.work_s(self._view, jobs)
        more = grown(routing.item, work_s, jobs, ms_of(now), routing.limits)
        self._view = routing.put(more, self._view)
        self._said = here + 1

    def _chosen(self, count: int, now_ms: int) -> NDArray[np.bool_]:
        routing, view = self._routing, self._view or Load("auto")
        limits = routing.limits
        awake = self._awake(view, now_ms)
        if wanted(view, now_ms, awake=awake, limits=limits) is None:
            return np.zeros(count, bool)
        wakes = not awake and not is_woken(view, now_ms, limits)
        if wakes:
            view = self._view = routing.put(woken(view, self._endpoint, now_ms), view)
        part = share(view, limits) if awake else waiting(view, now_ms, limits)
        chosen = _some(part, now_ms, count)
        chosen[0] |= wakes
        return chosen

    def _awake(self, view: Load, now_ms: int) -> bool:
        routing = self._routing
        if wanted(view, now_ms, awake=True, limits=routing.limits) is None:
            return False
        if now_ms >= self._looked_s * 1000 + _MOST_S * 1000:
            self._looked_s = now_ms / 1000
            self._endpoint = routing.endpoint
            routing.reads += 1
        return is_awake(self._endpoint, now_ms, routing.limits)


def _some(part: float, now_ms: int, count: int) -> NDArray[np.bool_]:
    """That share of some jobs, by what stands for their ids; bool (count,)."""
    if part in (0.0, 1.0):
        return np.full(count, part == 1)
    keys = (zlib.crc32(b"%d.%d" % (now_ms, number)) for number in range(count))
    return np.fromiter(keys, np.float64, count) < part * 2**32


def ms_of(seconds: float) -> int:
    """A simulated time as routers have it."""
    return _EPOCH_MS + int(seconds * 1000)
