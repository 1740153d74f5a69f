"""The execution environments of one function: busy, idle, new, and no more than may be. Pure.

The rules are those that AWS publishes (one request an environment at a time, 1,000 more
environments each 10 s and function, a limit on all of them) and two that it does not: an idle
environment is kept for some minutes, and the one that was busy last is taken first.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Scaling:
    """How many environments there may be, and how fast they come."""

    most: int = 1000  # at once
    burst: int = 1000  # that may be made at once …
    each_s: float = 10.0  # … and again after so long; what is not used is not kept
    keep_s: float = 600.0  # an idle environment is kept
    calls_a_second: float = 10.0  # for each of `most`, that callers who wait may make
    ready: int = 0  # of `most`, provisioned: these are never cold, and are taken first


WARM, COLD, THROTTLED, READY = 0, 1, 2, 3
_ANY = 1 << 62


class Environments:
    """What a function has at a moment. Times must not go back."""

    def __init__(self, scaling: Scaling) -> None:
        self._ready = min(scaling.ready, scaling.most)
        self._most = scaling.most - self._ready
        self._keep_s = scaling.keep_s
        self._busy: list[float] = []
        self._idle: deque[float] = deque()
        self._provisioned: list[float] = []  # those that are busy, until when
        self.hold: Callable[[float], None] = partial(heappush, self._busy)
        """The environment that was taken last is busy until then."""
        self.hold_ready: Callable[[float], None] = partial(heappush, self._provisioned)
        """The same of a provisioned one."""
        self._burst = scaling.burst
        self._each_s = scaling.each_s
        self._left = float(scaling.burst)
        self._filled = 0.0

    def take(self, now: float, fewer_than: int = _ANY) -> int:
        """An environment for a request that comes now: WARM, COLD, THROTTLED or READY.

        THROTTLED, too, where not `fewer_than` so many are busy. One that was taken is given
        back by `hold`, at once; a READY one by `hold_ready`.
        """
        busy, idle = self._busy, self._idle
        while busy and busy[0] <= now:
            idle.append(heappop(busy))
        at_work = self._provisioned_at_work(now) if self._ready else 0
        if len(busy) + at_work >= fewer_than:
            return THROTTLED
        if at_work < self._ready:
            return READY
        oldest = now - self._keep_s
        while idle and idle[0] < oldest:
            idle.popleft()
        if idle:
            idle.pop()
            return WARM
        return self._make(now)

    def next_free(self) -> float:
        """When the first of the busy ones will be free; a moment later where none is busy."""
        first = [busy[0] for busy in (self._busy, self._provisioned) if busy]
        return min(first) if first else self._filled + self._each_s / self._burst

    def _provisioned_at_work(self, now: float) -> int:
        at_work = self._provisioned
        while at_work and at_work[0] <= now:
            heappop(at_work)
        return len(at_work)

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
