"""Numbers that say how good predictions are, or how like others. Pure; shares lie in [0, 1]."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def accuracy(truth: Sequence[Hashable], said: Sequence[Hashable]) -> float:
    """The share of rows that are right; 1 of none."""
    right = sum(one == other for one, other in zip(truth, said, strict=True))
    return right / len(truth) if truth else 1.0


def macro_f1(truth: Sequence[Hashable], said: Sequence[Hashable]) -> float:
    """The mean over the classes that are true of any row of F1 = 2·right / (true + said)."""
    classes = set(truth)
    if not classes:
        return 1.0
    scores = []
    for one in classes:
        right = sum(a == one == b for a, b in zip(truth, said, strict=True))
        scores.append(2 * right / (list(truth).count(one) + list(said).count(one)))
    return float(np.mean(scores))


def set_f1(truth: Sequence[frozenset[str]], said: Sequence[frozenset[str]]) -> float:
    """F1 over all labels of all rows: 2·right / (true + said); 1 where there are none."""
    right = sum(len(a & b) for a, b in zip(truth, said, strict=True))
    total = sum(map(len, truth)) + sum(map(len, said))
    return 2 * right / total if total else 1.0


def r2(truth: Floats, said: Floats) -> float:
    """The share of the truth's variance that is explained, ≤ 1. −inf where `said` has NaN.

    Of a truth that does not vary: 1 where it is met to a part in a million, else 0.
    """
    if not np.isfinite(said).all():
        return float("-inf")
    missed = float(((truth - said) ** 2).sum())
    spread = float(((truth - truth.mean()) ** 2).sum()) if len(truth) else 0.0
    if spread <= 1e-12 * max(float((truth**2).sum()), 1e-300):
        return float(missed <= 1e-12 * max(float((truth**2).sum()), 1e-300))
    return 1 - missed / spread


def cosine(one: Floats, other: Floats) -> float:
    """The cosine between two vectors; 1 of two zeros, 0 of one, −1 where they do not compare."""
    if one.shape != other.shape or not np.isfinite(other).all():
        return -1.0
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if not min(lengths):
        return float(lengths[0] == lengths[1])
    return float(one @ other / (lengths[0] * lengths[1]))


def character_accuracy(truth: str, said: str) -> float:
    """1 − the edits from one text to the other over the truth's length; not below 0."""
    if not truth:
        return float(not said)
    return max(1 - _edits(truth, said) / len(truth), 0.0)


def _edits(one: str, other: str) -> int:
    """Levenshtein's distance, a row of the table at a time."""
    codes = np.fromiter(map(ord, other), np.int64, len(other))
    along = np.arange(len(other) + 1)
    row = along.copy()
    for at, char in enumerate(one, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(char)))
        # A cell may be reached from its left, too: the least of all that lie there.
        row = np.minimum.accumulate(np.concatenate([[at], best]) - along) + along
    return int(row[-1])


def paired_bound(
    truth: Sequence[Hashable], one: Sequence[Hashable], other: Sequence[Hashable]
) -> float:
    """The accuracy that `other` may lack of `one`'s, at 95 %: by the rows on which they differ.

    Wald's bound on paired proportions with a row added on either side (Agresti and Min, 2005),
    so that rows without any difference still leave a doubt: about 2.7 / rows.
    """
    pairs = list(zip(truth, one, other, strict=True))
    lost = sum(t == a != b for t, a, b in pairs) + 0.5
    won = sum(t == b != a for t, a, b in pairs) + 0.5
    count = len(pairs) + 2
    mean = (lost - won) / count
    return mean + 1.645 * float(np.sqrt(max((lost + won) / count - mean**2, 0.0) / count))
