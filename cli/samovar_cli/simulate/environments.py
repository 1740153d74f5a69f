"""The execution environments of one function: busy, idle, new, and no more than may be. Pure.

The rules are those that AWS publishes (one request an environment at a time, 1,000 more
environments each 10 s and function, a limit on all of them) and two that it does not: an idle
environment is kept for some minutes, and the one that was busy last is taken first.
"""

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many environments there may be, and how fast they come."""

    most: int = 1000  # at once
    burst: int = 1000  # that may be made at once …
    each_s: float = 10.0  # … and again after so long; what is not used is not kept
    keep_s: float = 600.0  # an idle environment is kept


WARM, COLD, THROTTLED = 0, 1, 2


class Environments:
    """What a function has at a moment. Times must not go back."""

    def __init__(self, scaling: Scaling) -> None:
        self._most = scaling.most
        self._keep_s = scaling.keep_s
        self._busy: list[float] = []
        self._idle: deque[float] = deque()
        self._burst = scaling.burst
        self._each_s = scaling.each_s
        self._left = float(scaling.burst)
        self._filled = 0.0

    def take(self, now: float) -> int:
        """An environment for a request that comes now: WARM, COLD or THROTTLED.

        One that was taken is given back by `hold`, at once.
        """
        busy, idle = self._busy, self._idle
        while busy and busy[0] <= now:
            idle.append(heappop(busy))
        oldest = now - self._keep_s
        while idle and idle[0] < oldest:
            idle.popleft()
        if idle:
            idle.pop()
            return WARM
        return self._make(now)

    def hold(self, end: float) -> None:
        """The environment that was taken last is busy until `end`."""
        heappush(self._busy, end)

    def next_free(self) -> float:
        """When the first of the busy ones will be free; a moment later where none is busy."""
        return self._busy[0] if self._busy else self._filled + self._each_s / self._burst

    def in_use(self, now: float) -> int:
        """How many are busy."""
        while self._busy and self._busy[0] <= now:
            self._idle.append(heappop(self._busy))
        return len(self._busy)

    def _make(self, now: float) -> int:
        if len(self._busy) >= self._most:
            return THROTTLED
        rate = self._burst / self._each_s
        self._left = min(self._burst, self._left + (now - self._filled) * rate)
        self._filled = now
        if self._left < 1:
            return THROTTLED
        self._left -= 1
        return COLD
