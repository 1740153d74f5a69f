"""The second level of kept answers: those that all processes share.

Whatever goes wrong with it, the answer is worked out: a store that fails is left alone for a
while, because each try would have its client wait.
"""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from samovar.caching.answers import Kept, read, write

if TYPE_CHECKING:
    from samovar.caching.requests import Request
    from samovar.caching.store import AnswerStore
    from samovar.ports import Clock

log = logging.getLogger("samovar")
Result = TypeVar("Result")
_WORTH_SHARING_MS = 20.0
"""To ask the second level takes some 5 ms, and to write to it as many again."""
_AWAY_S = 30


class Shared:
    """A store of answers, where it is worth its time and does not fail."""

    def __init__(self, store: AnswerStore | None, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._away_until_ns = -(2**63)  # on the clock's monotonic time
        self.faults = 0
        """How often the store failed."""

    def get(self, request: Request) -> Kept | None:
        """What any process has kept; None where there is nothing, or where nobody is asked."""
        if request.control.max_age_s == 0:
            return None
        key, most = request.question.key, request.to.spec.cache.max_bytes
        body = self._tried(request, lambda store: store.get(key))
        return read(body, most) if body else None

    def put(self, request: Request, kept: Kept) -> None:
        """Keep an answer for all."""
        key, until_s = request.question.key, kept.made_ms // 1000 + request.to.spec.cache.ttl_s
        self._tried(request, lambda store: store.put(key, write(kept), until_s))

    def _tried(self, request: Request, do: Callable[[AnswerStore], Result]) -> Result | None:
        """What `do` gives; None where the store is not to be asked, or has failed."""
        if self._store is None or not self._is_worth_it(request):
            return None
        try:
            return do(self._store)
        except Exception as error:  # noqa: BLE001 - no store, however broken, costs an answer
            self.faults += 1
            self._away_until_ns = self._clock.perf_ns() + _AWAY_S * 1_000_000_000
            said = "kept answers are not shared for %d s: %s: %s"
            log.warning(said, _AWAY_S, type(error).__name__, error)
            return None

    def _is_worth_it(self, request: Request) -> bool:
        if self._clock.perf_ns() < self._away_until_ns:
            return False
        shared = request.to.spec.cache.shared
        if shared == "auto":
            return not 0 < request.expected_ms() < _WORTH_SHARING_MS
        return shared
