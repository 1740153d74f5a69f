"""How well documents fit a query by the words that both have: BM25.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from samovar.types import Array

_K1, _B = 1.2, 0.75
_WORD = re.compile(r"[^\W_]+")


class Words:
    """The words of some documents, by which they are found. It never changes."""

    def __init__(self, documents: Sequence[str]) -> None:
        counts = [Counter(words_of(each)) for each in documents]
        lengths = np.array([each.total() for each in counts], np.float32)
        mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        norms = (_K1 * (1 - _B + _B * lengths / mean)).tolist()
        there: dict[str, list[tuple[int, float]]] = {}
        for at, (each, norm) in enumerate(zip(counts, norms, strict=True)):
            for word, count in each.items():
                there.setdefault(word, []).append((at, count * (_K1 + 1) / (count + norm)))
        self._count = len(documents)
        self._there = {word: _arrays(found) for word, found in there.items()}

    def scores(self, query: str) -> Array:
        """float32 (documents,), 0 and up: 0 where a document has none of the query's words."""
        found = np.zeros(self._count, np.float32)
        for word in sorted({*words_of(query)} & self._there.keys()):
            places, weights = self._there[word]
            rare = math.log(1 + (self._count - len(places) + 0.5) / (len(places) + 0.5))
            found[places] += np.float32(rare) * weights
        return found

    def shares(self, query: str) -> Array:
        """The same as shares of the best document's score, 0 to 1."""
        found = self.scores(query)
        return found / max(float(found.max(initial=0)), 1e-12)


def words_of(text: str) -> list[str]:
    """The words of a text, letters and digits alone, whatever their case."""
    return _WORD.findall(text.casefold())


def _arrays(found: Sequence[tuple[int, float]]) -> tuple[Array, Array]:
    places, weights = zip(*found, strict=True)
    return np.array(places, np.int32), np.array(weights, np.float32)
