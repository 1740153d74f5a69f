"""What decides which document fits a query: what both mean, their words, or both."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from samovar.errors import InvalidInput
from samovar.types import Array

MEANING, WORDS, BOTH = "meaning", "words", "both"
WAYS = (MEANING, WORDS, BOTH)
_OF_WORDS = 0.25
"""The part of words in a score of both: the best on questions that benchmarks.search leaves out."""


def read_way(said: Mapping[str, Any]) -> str:
    """What is to decide. Raises InvalidInput."""
    way = MEANING if said.get("by") is None else said["by"]
    if not isinstance(way, str) or way not in WAYS:
        raise InvalidInput(f"'by' must be one of {', '.join(WAYS)}")
    return way


def scored(way: str, meaning: Callable[[], Array], words: Callable[[], Array]) -> Array:
    """float32 (documents,): cosines, shares of the best score by words, or parts of both.

    -inf of what has none of the words, where they alone decide. Asks only what it needs.
    """
    if way == MEANING:
        return meaning()
    shares = words()
    if way == WORDS:
        return np.where(shares > 0, shares, np.float32(-np.inf))
    return both(meaning(), shares)


def both(cosines: Array, shares: Array) -> Array:
    """float32 (documents,), from −3/4 to 1."""
    return (1 - np.float32(_OF_WORDS)) * cosines + np.float32(_OF_WORDS) * shares
