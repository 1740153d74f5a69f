"""How likely people are to call a sentence offensive, by the words in it.

A linear model over weighted words (alt-profanity-check's, trained on 200,000 labelled sentences),
as arrays: recipes/toxicity.py writes them. It knows English words, not what is meant.
"""

import io
import re
from collections import Counter

import numpy as np

from samovar.errors import ModelCorrupt
from samovar.types import Array
from samovar.values import dataclass

_WORD = re.compile(r"\b\w\w+\b")


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their weights and coefficients, and how scores become probabilities."""

    places: dict[str, int]
    weights: Array
    """float32 (words,): inverse document frequencies."""
    coefficients: Array
    """float32 (words, folds)."""
    folds: Array
    """float32 (3, folds): intercepts, and slopes and offsets of Platt's scaling."""

    def probability(self, text: str) -> float:
        """That people call it offensive, in [0, 1]."""
        counts = Counter(word for word in _WORD.findall(text.lower()) if word in self.places)
        scores = self.folds[0].astype(np.float64)
        if counts:
            rows = [self.places[word] for word in counts]
            values = np.array(list(counts.values())) * self.weights[rows]
            scores = scores + values @ self.coefficients[rows] / np.linalg.norm(values)
        chances = 1 / (1 + np.exp(self.folds[1] * scores + self.folds[2]))
        return float(chances.mean())


def read_words(name: str, body: bytes) -> Words:
    """The model in an .npz file. Raises ModelCorrupt."""
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as held:
            words = bytes(held["words"]).decode().split("\n")
            arrays = [held[key].astype(np.float32) for key in ("weights", "coefficients", "folds")]
    except (ValueError, KeyError, OSError, EOFError):
        raise ModelCorrupt(f"{name} is no model of words: see recipes/toxicity.py") from None
    return Words({word: at for at, word in enumerate(words)}, *arrays)
