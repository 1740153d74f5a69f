"""Rows made up from what an estimator has learnt: the same ones each time.

Runs in the child process.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samovar_cli.adding.fitted.features import Learnt, parts
from samovar_cli.adding.fitted.sample import Rows

COUNT = 500


def made_rows(estimator: Any, names: Sequence[str], known: Sequence[Learnt]) -> Rows:
    """`COUNT` rows whose values lie where the estimator tells values apart.

    Its encoders' categories, around its trees' thresholds, within its scalers' ranges; where it
    knows nothing of a column, numbers of several sizes around 0.
    """
    random = np.random.default_rng(0)
    words = _words(estimator)
    columns = [_column(learnt, words, random) for learnt in known]
    for column, learnt in zip(columns, known, strict=True):
        if learnt.is_filled:
            column[::10] = ""
    filled = tuple(learnt.is_filled for learnt in known)
    return Rows(tuple(names), tuple(columns), filled=filled)


def _column(learnt: Learnt, words: list[str], random: np.random.Generator) -> NDArray[Any]:
    if learnt.is_text:
        return _texts(words, random)
    if learnt.categories:
        kind = object if learnt.takes_texts else np.float64
        return random.choice(np.array(learnt.categories, kind), COUNT)
    if learnt.centre is not None:
        return random.normal(learnt.centre, 1.5 * learnt.spread, COUNT).round(4)
    if learnt.thresholds:
        middle = random.choice(learnt.thresholds, COUNT)
        spread = float(np.ptp(learnt.thresholds)) or abs(learnt.thresholds[0]) or 1.0
        return middle + random.normal(0, 0.1 * spread, COUNT)
    return random.normal(0, 1, COUNT) * 10.0 ** random.integers(-1, 3, COUNT)


def _texts(words: list[str], random: np.random.Generator) -> NDArray[Any]:
    texts = [" ".join(random.choice(words, random.integers(1, 12))) for _ in range(COUNT)]
    return np.array(texts, object)


def _words(estimator: Any) -> list[str]:
    """Words that its vectorizers know, and some that none knows."""
    known: list[str] = []
    for part in parts(estimator):
        known += list(getattr(part, "vocabulary_", ()))[:2000]
    return [*known, "zyxw", "Samovar,", "it's", "42"]
