"""The router of `auto` models over a trace: which calls would go to the endpoint.

It is the product's own (samovar.routing), with the processes that take jobs, each of which
tells of its jobs now and then and routes by what it last read. What the endpoint tells is
played. How long jobs wait on the light lane is taken from a fluid that fills the workers.
"""

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
    light_s,
)

from samovar_cli.simulate.calls import Calls
from samovar_cli.simulate.endpoint import Endpoint
from samovar_cli.simulate.takers import Taker, ms_of
from samovar_cli.simulate.waking import Waking

if TYPE_CHECKING:
    from samovar_cli.simulate.scenario import Scenario

_TAKE_S = 0.012  # of a process, to take a job; half of the processes are idle
_TOLD_S = 20.0  # between what workers tell, as samovar.route_signals has it


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
        processes = [Taker(self, self._at[number::takers]) for number in range(takers)]
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
