"""How many batches a queue's event source mapping has under way at most. Pure."""

import math

_NEARLY = 1e-6  # what floating point takes from a whole poller


class Pollers:
    """A number that grows while messages wait for one of them. Times must not go back."""

    def __init__(self, least: int, more_a_second: float, most: int) -> None:
        self.there = least
        """So many batches may be under way, while none waits."""
        self.moves = False
        """Whether that is about to change: `begin` must be told of the next batch."""
        self._last = -math.inf  # when the last batch began, seconds
        self._least = least
        self._rate = more_a_second
        self._most = most
        self._level = float(least)
        self._waiting_since: float | None = None

    def grown(self, now: float) -> int:
        """So many may be under way at a moment, where one waits."""
        return int(self._grown(now) + _NEARLY)

    def wait(self, now: float) -> float:
        """A batch finds none free; when there will be one more."""
        if self._waiting_since is None:
            self._waiting_since = now
            self.moves = True
        there = self.grown(now)
        if not self._rate or there >= self._most:
            return math.inf
        return self._waiting_since + (there + 1 - self._level) / self._rate

    def begin(self, now: float) -> None:
        """A batch has found one; between two that are told of, nothing moved."""
        if self._waiting_since is not None:
            self._level, self._waiting_since = self._grown(now), None
        else:
            self._level = max(self._least, self._level - (now - self._last) * self._rate)
        self.there = int(self._level + _NEARLY)
        self.moves = self._level > self._least
        self._last = now

    def _grown(self, now: float) -> float:
        if self._waiting_since is None:
            return self._level
        return min(self._most, self._level + (now - self._waiting_since) * self._rate)
