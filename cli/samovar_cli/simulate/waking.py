"""An endpoint that is told of its calls as they come, and tells when it has answered."""

from bisect import bisect_right
from collections.abc import Iterable
from math import floor, inf

from samovar_cli.simulate.endpoint import Endpoint, average_backlog
from samovar_cli.simulate.fleet import TICK_S, Fleet


class Waking:
    """What `endpoint.answer` plays of a whole trace, in steps. Times must not go back."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._answered_s = -inf
        self._fleet = Fleet(endpoint.rules)
        self._tick = TICK_S
        self._times: list[float] = []
        self._factors: list[float] = []
        self._more: list[float] = [0.0]  # what all calls before each take more
        self._first = self._backlog = 0
        self._running: list[tuple[float, int]] = []

    def come(self, at: Iterable[float], factors: Iterable[float], more_s: Iterable[float]) -> None:
        """Calls, in their order; what came before them may be played already, nothing later."""
        self._times.extend(at)
        self._factors.extend(factors)
        for more in more_s:
            self._more.append(self._more[-1] + more)

    def until(self, now: float) -> None:
        """Play what begins until then."""
        while self._step(now):
            continue

    def answered_s(self, now: float) -> float:
        """When it last answered until then, as far as it was played; -inf for never."""
        return max([self._answered_s, *(end for end, _ in self._running if end <= now)])

    def _step(self, now: float) -> bool:
        """A run or a minute, whichever comes first; False where neither has come."""
        first = self._first
        coming = self._times[first] if first < len(self._times) else inf
        start = max(self._fleet.first_free(), coming) if len(self._fleet) else inf
        if not len(self._fleet) and min(coming, now) > self._tick:  # asleep, and nobody calls
            self._tick = floor(min(coming, now) / TICK_S) * TICK_S + TICK_S
        if min(start, self._tick) > now:
            return False
        if start > self._tick:
            self._minute()
        elif start > coming + self._endpoint.expire_s:
            self._first += 1
        else:
            self._run(start)
        return True

    def _run(self, start: float) -> None:
        batches, first = self._endpoint.batches, self._first
        last = min(first + batches.size, len(self._times))
        size = max(1, bisect_right(self._times, start, first, last) - first)
        more_s = self._more[first + size] - self._more[first]
        run = (batches.fixed_s + batches.each_s * size + more_s) * self._factors[first]
        run = min(run, self._endpoint.timeout_s)
        self._fleet.hold(start + run)
        self._running.append((start + run, size))
        self._first += size

    def _minute(self) -> None:
        now, times = self._tick, self._times
        over = [item for item in self._running if item[0] <= now]
        self._answered_s = max([self._answered_s, *(end for end, _ in over)])
        self._running = [item for item in self._running if item[0] > now]
        queued = bisect_right(times, now, self._first) - self._first
        before, self._backlog = self._backlog, queued + sum(size for _, size in self._running)
        seen: float = self._backlog
        if len(self._fleet):
            since, last = bisect_right(times, now - TICK_S), bisect_right(times, now)
            came_s = sum(now - at for at in times[since:last])
            seen = average_backlog(before, came_s, over, now)
        self._fleet.tick(now, seen)
        self._tick += TICK_S
