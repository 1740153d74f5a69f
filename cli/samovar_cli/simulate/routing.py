"""The router of `auto` models over a trace: which calls would go to the endpoint.

It is the product's own (samovar.routing), with the processes that take jobs, each of which
tells of its jobs now and then and routes by what it last read. What the endpoint tells is
played. How long jobs wait on the light lane is taken from a fluid that fills the workers.
"""

import zlib
from bisect import bisect_left
from heapq import heapify, heapreplace
from math import ceil, inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from samovar.frozen import replace
from samovar.profile import Profile
from samovar.routing import (
    Load,
    RouteLimits,
    grown,
    is_awake,
    is_woken,
    light_s,
    share,
    waiting,
    wanted,
    woken,
)

from samovar_cli.simulate.calls import Calls
from samovar_cli.simulate.endpoint import Endpoint
from samovar_cli.simulate.waking import Waking

if TYPE_CHECKING:
    from samovar_cli.simulate.scenario import Scenario

_TAKE_S = 0.012  # of a process, to take a job; half of the processes are idle
_JOBS, _LEAST_S, _MOST_S = 16, 1.0, 10.0  # between what a process tells, as samovar.router has it
_TOLD_S = 20.0  # between what workers tell, as samovar.route_signals has it
_EPOCH_MS = 1_000_000_000  # of the simulated clock


class Backlog:
    """Work before the workers of the light lane, as a fluid; their number grows as pollers do."""

    def __init__(self, most: int, *, least: float = 5.0, more_a_second: float = 5.0) -> None:
        self._least, self._most, self._more = least, most, more_a_second
        self._workers = least
        self._work_s = 0.0
        self._now = 0.0

    def fill(self, now: float, work_s: float) -> float:
        """How long what comes now will wait, seconds, after so much more work has come."""
        past, more = now - self._now, self._more
        grown_to = self._workers + (more if self._work_s else -more) * past
        self._workers = min(max(grown_to, self._least), self._most)
        self._work_s = max(self._work_s + work_s - self._workers * past, 0.0)
        self._now = now
        return self._work_s / self._workers


class Routing:
    """One pass over a trace."""

    def __init__(
        self, scenario: "Scenario", endpoint: Endpoint, calls: Calls, limits: RouteLimits
    ) -> None:
        self.heavy = np.zeros(len(calls), bool)
        """Which calls go to the endpoint, bool (n,)."""
        self.writes = self.reads = 0
        self.limits = limits
        self.item, self.endpoint = Load("auto"), Load("*")
        self._calls = calls
        self._at: list[float] = calls.at_s.tolist()
        more_s = np.zeros(len(calls)) if calls.more_s is None else calls.more_s
        self._more_s = more_s
        self._runs_s = scenario.run_s + more_s
        self._profile = Profile(scenario.run_s * 1000, shared_ms=scenario.shared_s * 1000)
        self._slowness = scenario.slowness
        self._speed = scenario.instance_speed
        self._waking = Waking(endpoint)
        self._backlog = Backlog(scenario.most)
        self._aged_s = self._told_s = -_TOLD_S
        self._fed = 0

    def play(self) -> NDArray[np.bool_]:
        """Let each process that takes jobs have its turns, in the order of time."""
        count = len(self._at)
        takers = min(max(1, ceil(2 * _TAKE_S * count / self._calls.seconds)), count)
        processes = [_Process(self, self._at[number::takers]) for number in range(takers)]
        turns = [(self._at[number], number) for number in range(takers)]
        heapify(turns)
        while turns and turns[0][0] < inf:
            now, number = turns[0]
            self._until(now)
            first, last, chosen = processes[number].turn(now)
            part = slice(number + first * takers, number + last * takers, takers)
            self.heavy[part] = chosen
            heapreplace(turns, (processes[number].next_s, number))
        return self.heavy

    def work_s(self, view: Load, jobs: int) -> float:
        """Light seconds of so many average jobs."""
        ms = float(self._profile.request_ms)
        return jobs * light_s(self._profile, ms, view, self.limits)

    def put(self, load: Load, seen: Load) -> Load:
        """Write the item; where it was made from an old one, the first try was in vain."""
        self.writes += 1 if seen.revision == self.item.revision else 2
        self.item = load
        return load

    def _until(self, now: float) -> None:
        """Let both lanes come to this time, and tell of what they see."""
        last = bisect_left(self._at, now, self._fed)
        part, heavy = slice(self._fed, last), self.heavy[self._fed : last]
        if heavy.any():
            self._come(np.flatnonzero(heavy) + self._fed)
        self._waking.until(now)
        work_s = 0.0 if heavy.all() else float(self._runs_s[part][~heavy].sum())
        age_s = self._backlog.fill(now, work_s * self._slowness)
        self._fed = last
        self._tell(now, age_s)

    def _come(self, indices: NDArray[np.int64]) -> None:
        """Calls come to the endpoint."""
        calls = self._calls
        more_s = self._more_s[indices] / self._speed
        at, factors = calls.at_s[indices], calls.factors[indices]
        self._waking.come(at.tolist(), factors.tolist(), more_s.tolist())

    def _tell(self, now: float, age_s: float) -> None:
        due_s = self._told_s + _TOLD_S
        answered = self._waking.answered_s(now) if now >= due_s else -inf
        if answered >= due_s:
            self._told_s = answered
            self.endpoint = replace(self.endpoint, answered_ms=ms_of(answered))
            self.writes, self.reads = self.writes + 1, self.reads + 1
        if age_s > self.limits.age_s and now >= self._aged_s + _TOLD_S:
            self._aged_s = now
            aged = replace(self.item, age_s=age_s, aged_ms=ms_of(now))
            self.item = replace(aged, revision=self.item.revision + 1)
            self.writes, self.reads = self.writes + 1, self.reads + 1


class _Process:
    """One of those that take jobs: it tells of them now and then, and routes in between."""

    def __init__(self, routing: Routing, at: list[float]) -> None:
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
