"""A request whose answer may be kept, what was found for it, and what became of all of them."""

from __future__ import annotations  # of types, whose module the doors have imported anyway

from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

from samovar.caching.questions import Asked, Question
from samovar.frozen import replace
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.caching.control import Control
    from samovar.types import Payload

HIT, HIT_2, MISS, BYPASS = "hit", "hit-2", "miss", "bypass"


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose answer may be kept, with all that is known of it."""

    to: Asked
    question: Question
    control: Control
    expected_ms: Callable[[], float] = float
    """What it takes to work the answer out, as far as anybody knows; 0 where nobody does."""

    def of_pieces(self) -> Request:
        """The same request, for a stream: what is kept of it is kept apart."""
        key = blake2b(self.question.key, digest_size=32, key=b"pieces").digest()
        return replace(self, question=replace(self.question, key=key))

    def takes(self, age_s: float) -> bool:
        """Whether an answer of this age is fresh enough for who asks."""
        control, ttl_s = self.control, self.to.spec.cache.ttl_s
        most_s = control.max_age_s
        return age_s + control.min_fresh_s < ttl_s and (most_s is None or age_s < most_s)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, where it comes from, and how long it has been kept."""

    payload: Payload
    state: str
    tag: str = ""
    age_s: int = 0
    ttl_s: int = 0


@dataclass(slots=True)
class Counts:
    """What became of the requests to one version of a model in this process."""

    hits: int = 0
    shared_hits: int = 0
    misses: int = 0
    bypasses: int = 0

    def add(self, state: str) -> None:
        """One more request."""
        name = _COUNTED[state]
        setattr(self, name, getattr(self, name) + 1)


_COUNTED = {HIT: "hits", HIT_2: "shared_hits", MISS: "misses", BYPASS: "bypasses"}
