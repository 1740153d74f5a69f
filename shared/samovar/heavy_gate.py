"""Whether a call of the endpoint may be made now, and for how long its message waits if not."""

import random
from collections.abc import Callable

from samovar.heavy_admission import Admission
from samovar.heavy_breaker import Breaker
from samovar.ports import Clock

_FIRST_PAUSE_S = 5
_MAX_PAUSE_S = 900


class Gate:
    """Room before the endpoint, and trust in it; `luck` is from 0 to 1."""

    def __init__(
        self,
        admission: Admission,
        breaker: Breaker,
        clock: Clock,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._admission = admission
        self._breaker = breaker
        self._clock = clock
        self._luck = luck

    def tries(self) -> bool:
        """Whether the endpoint is worth a try."""
        return self._breaker.allows(self._now_ms())

    def admits(self) -> bool:
        """Whether the endpoint drains one more job in time. Raises StorageUnavailable."""
        return self._admission.admits()

    def taken(self) -> None:
        """The endpoint took a call."""
        self._breaker.taken()
        self._admission.placed()

    def refused(self) -> None:
        """The endpoint did not take a call."""
        self._breaker.refused(self._now_ms())

    def pause_s(self, receive_count: int, *, full: bool = False) -> int:
        """How long a message waits: longer each time it comes, and no two as long.

        Before an endpoint that is full, not so long that it could run dry.
        """
        most = self._admission.half_drained_s if full else _MAX_PAUSE_S
        wait = min(_FIRST_PAUSE_S << min(receive_count - 1, 10), most, _MAX_PAUSE_S)
        return round(wait * (1 + self._luck()) / 2)

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
