"""Text from the per-step scores of a recogniser trained with CTC (Graves et al. 2006)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from samovar.types import Array

BLANK = 0


def read_charset(text: str) -> tuple[str, ...]:
    """A recogniser's characters by index: blank, one a line of the file, and the space last."""
    return ("", *text.removesuffix("\n").split("\n"), " ")


class Reading(NamedTuple):
    """Characters in order, the mean of their probabilities in [0, 1], and where each stands.

    `middles` is float64 (characters,): the middle of the steps at which a character was best.
    """

    characters: tuple[str, ...]
    score: float
    middles: Array


def greedy_decode(scores: Array, charset: Sequence[str]) -> list[Reading]:
    """One reading a row of `scores`, float32 (rows, steps, characters), probabilities.

    The best character of each step is taken, repeats become one, blanks go. No character
    has the score 0.
    """
    if not scores.size:
        return [Reading((), 0.0, np.zeros(0))] * len(scores)
    pairs = zip(scores.argmax(axis=2), scores.max(axis=2), strict=True)
    return [_reading(best, chance, charset) for best, chance in pairs]


def _reading(best: Array, chance: Array, charset: Sequence[str]) -> Reading:
    starts = np.flatnonzero(np.append(True, best[1:] != best[:-1]))
    ends = np.append(starts[1:], len(best)) - 1
    kept = best[starts] != BLANK
    starts, ends = starts[kept], ends[kept]
    characters = tuple(charset[index] for index in best[starts])
    score = float(chance[starts].mean()) if len(starts) else 0.0
    return Reading(characters, score, (starts + ends) / 2)
