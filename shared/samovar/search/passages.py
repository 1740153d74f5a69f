"""Documents → unit vectors, several of one that is longer than its model reads at once.

A model cuts what is too long and says nothing. Here a text of which nothing was left unread is
one passage; any other is read in passages that share their edges.
"""

from collections.abc import Callable, Sequence

import numpy as np

from samovar.embedding import Embedded
from samovar.types import Array, ModelSpec
from samovar.values import dataclass

Embed = Callable[[Sequence[str]], Embedded]

_LETTERS = 4
"""Characters of a token in English, about: where to cut first, not where a passage ends."""
_SHARED = 10
"""A passage begins before the last one's end by one in so many of its characters."""
_TOKENS = 4
"""Tokens that one character is at most: the bytes that it has in UTF-8."""


@dataclass(frozen=True, slots=True)
class Passages:
    """float32 (passages, width) rows of length 1, int32 (passages,) whose, and tokens read.

    `owners` ascends: the passages of a document stand together, in its order.
    """

    vectors: Array
    owners: Array
    tokens: int


def read_passages(texts: Sequence[str], embed: Embed, longest: int) -> Passages:
    """The passages of texts for a model that reads `longest` tokens at once (0: no limit).

    Raises what `embed` raises.
    """
    waiting = [(owner, piece) for owner, text in enumerate(texts) for piece in _cut(text, longest)]
    rows: list[Array] = []
    owners: list[int] = []
    tokens = 0
    while waiting:
        found = embed([text for _, text in waiting])
        tokens += sum(found.tokens)
        again = []
        for (owner, text), row, count in zip(waiting, found.vectors, found.tokens, strict=True):
            if longest and count >= longest and len(text) * _TOKENS > longest > 1:
                again += [(owner, half) for half in _pieces(text, -(-len(text) // 2))]
            else:
                rows.append(row)
                owners.append(owner)
        waiting = again
    order = np.argsort(np.array(owners, np.int32), kind="stable")
    vectors = np.stack(rows)[order] if rows else np.zeros((0, 0), np.float32)
    return Passages(vectors, np.array(owners, np.int32)[order], tokens)


def longest_of(spec: ModelSpec) -> int:
    """The tokens that a model reads of a text; 0 where its steps cut none."""
    return max((int(getattr(step, "max_length", 0)) for step in spec.pre), default=0)


def best_of(scores: Array, owners: Array, documents: int) -> Array:
    """float32 (documents,): of each document its best passage's score; -inf of one without any."""
    best = np.full(documents, -np.inf, np.float32)
    np.maximum.at(best, owners, scores.astype(np.float32))
    return best


def _cut(text: str, longest: int) -> list[str]:
    """A text in pieces that a model may well read whole."""
    size = longest * _LETTERS
    return [text] if not size or len(text) <= size else _pieces(text, size)


def _pieces(text: str, size: int) -> list[str]:
    """Pieces of `size` characters at most, from word to word where there are words."""
    found, start = [], 0
    while len(text) - start > size:
        end = _word_end(text, start, start + size)
        found.append(text[start:end])
        start = max(_word_start(text, start, end - size // _SHARED, end), start + 1)
    return [*found, text[start:]]


def _word_end(text: str, start: int, end: int) -> int:
    """The end of the last whole word before `end`; `end` itself where one word fills the half."""
    for at in range(end, (start + end) // 2, -1):
        if text[at - 1].isspace() or text[at].isspace():
            return at
    return end


def _word_start(text: str, start: int, at: int, end: int) -> int:
    """Where the word that stands at `at` begins; `at` itself where that is far away."""
    for place in range(at, max((start + at) // 2, start), -1):
        if text[place - 1].isspace():
            return place
    return min(at, end)
