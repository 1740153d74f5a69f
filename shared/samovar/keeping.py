"""How a model's answers are kept, as its manifest says it."""

from typing import Literal

from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """Whether a model's answers are kept, and how: `[cache]`."""

    ttl_s: int = 0
    """How long each is; 0 for not at all."""
    max_bytes: int = 1_000_000
    """Of one answer: a larger one is not kept."""
    shared: Literal[True, False, "auto"] = "auto"
    """Whether all processes share them; auto: where to ask for one takes less than to run."""
    epoch: int = 0
    """Another number forgets all that was kept."""
