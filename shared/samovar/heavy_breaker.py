"""Whether the endpoint is worth a try: after refusals in a row, one probe at a time.

It is one process's own view and is kept nowhere: another process finds out by itself.
"""


class Breaker:
    """Closed while calls are taken; open, for a cool-down, after some were refused in a row."""

    def __init__(self, refusals: int = 5, cool_down_ms: int = 30_000) -> None:
        self._most = refusals
        self._cool_down_ms = cool_down_ms
        self._refused = 0
        self._next_probe_ms = 0

    def allows(self, now_ms: int) -> bool:
        """Whether to try now. An open breaker allows one probe in each cool-down."""
        if self._refused < self._most:
            return True
        if now_ms < self._next_probe_ms:
            return False
        self._next_probe_ms = now_ms + self._cool_down_ms
        return True

    def refused(self, now_ms: int) -> None:
        """The endpoint did not take a call."""
        self._refused += 1
        self._next_probe_ms = now_ms + self._cool_down_ms

    def taken(self) -> None:
        """The endpoint took a call."""
        self._refused = 0
