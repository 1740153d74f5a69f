"""The few likeliest of very many tokens, found without sorting them all.

A sort of 49,152 scores takes as long as a small model's step. What is said nearly always lies
among those within some distance of the likeliest one: only they are sorted, and all of them
only where that does not settle it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from samovar.generation.sampling import Sampling
    from samovar.types import Array

_NEAR = (4.0, 10.0)
"""Distances of scores from the highest one that are looked at in turn."""
_FEW = 4096
_BLOCK = 256


def best(scores: Array, count: int) -> Array:
    """The tokens of the highest scores, int64 (count,), highest first; of equal ones the lower."""
    if count >= len(scores):
        return _sorted(scores, np.arange(len(scores)))
    highest = scores.max()
    for near in _NEAR:
        tokens = np.flatnonzero(scores >= highest - near)
        if count <= len(tokens) <= _FEW:
            return _sorted(scores, tokens)[:count]
    place = len(scores) - count - 1
    return _sorted(scores, np.flatnonzero(scores >= np.partition(scores, place)[place]))[:count]


def draw(scores: Array, sampling: Sampling, chance: float) -> int:
    """The token at `chance`, [0, 1), of all that may be said.

    top-k first, then the temperature, then top-p and min-p of what that leaves, the likeliest
    ones first; where none of them leaves anything out, in the order of the vocabulary. `scores`
    float32 (vocabulary,); −inf for what may not be said.
    """
    if 0 < sampling.top_k < len(scores):
        tokens = best(scores, sampling.top_k)
        wide = _beside_the_likeliest(scores[tokens].astype(np.float64), sampling)
        return _settled(tokens, wide / wide.sum(), sampling, chance, whole=True)
    wide = _beside_the_likeliest(scores, sampling)
    if sampling.top_p >= 1 and sampling.min_p <= 0:
        return _anywhere(wide, chance)
    total = float(wide.sum())  # in pairs: as exact as what it is made of
    for near in _NEAR:
        tokens = _sorted(scores, np.flatnonzero(wide >= np.float32(np.exp(-near))))
        found = _settled(tokens, wide[tokens] / total, sampling, chance, whole=False)
        if found >= 0:
            return found
    tokens = _sorted(scores, np.arange(len(scores)))
    return _settled(tokens, wide[tokens] / total, sampling, chance, whole=True)


def _anywhere(chances: Array, chance: float) -> int:
    """The token at `chance` of the sum of all: the block that it lies in, and its place there."""
    sums = np.add.reduceat(chances, np.arange(0, len(chances), _BLOCK))
    after = sums.cumsum(dtype=np.float64)
    aim = chance * after[-1]
    block = int(np.searchsorted(after, aim, side="right"))
    if block == len(sums):  # a chance so near to 1 that the product is the sum itself
        return int(np.flatnonzero(chances)[-1])
    start = block * _BLOCK
    part = chances[start : start + _BLOCK]
    at = int(
        np.searchsorted(
            part.cumsum(dtype=np.float64), aim - (after[block] - sums[block]), side="right"
        )
    )
    # What floating point takes from the sum of a block is the last token's.
    return start + (at if at < len(part) else int(np.flatnonzero(part)[-1]))


def _beside_the_likeliest(scores: Array, sampling: Sampling) -> Array:
    """How likely each is over how likely the likeliest one is, as exact as the scores' type."""
    found: Array = scores - scores.max()
    found *= scores.dtype.type(1 / sampling.temperature)
    return np.exp(found, out=found)  # in place: memory is what all of this waits for


def _sorted(scores: Array, tokens: Array) -> Array:
    found: Array = tokens[np.argsort(-scores[tokens], kind="stable")]
    return found


def _settled(
    tokens: Array, chances: Array, sampling: Sampling, chance: float, *, whole: bool
) -> int:
    """The token at `chance`, −1 where these, the likeliest ones, do not settle it.

    `chances` are of all that may be said before top-p and min-p; `whole` says that these are all.
    """
    chances = chances.astype(np.float64)
    after = np.cumsum(chances)
    # The likeliest one stays whatever is asked.
    kept = (after - chances < sampling.top_p) & (chances >= sampling.min_p * chances[0])
    kept &= chances > 0
    kept[0] = True
    count = int(kept.sum())  # they come first: chances fall
    is_cut = whole or count < len(tokens)
    if not is_cut and (sampling.top_p < 1 or sampling.min_p > 0):
        return -1
    total = after[count - 1] if is_cut else 1.0
    at = int(np.searchsorted(after[:count], chance * total))
    if at >= count and not is_cut:
        return -1
    # What floating point takes from the sum of all chances is the last token's.
    return int(tokens[min(at, count - 1)])
