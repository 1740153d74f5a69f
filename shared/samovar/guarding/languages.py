"""The language of a text, by the pieces of words that are frequent in it.

A table of letters, pairs and triples by language stands beside this file (tools/language_table.py).
A text of few letters has none: names, numbers and code are in every language.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pkgutil import get_data

import numpy as np

from samovar.types import Array
from samovar.values import dataclass

LEAST_LETTERS = 20
"""Letters from which on a text has a language; of scripts that write a word with one, a third."""
_NEVER = -12.0
"""Natural logarithm of how likely a piece is that a language does not list."""
_RUN = re.compile(r"[^\W\d_]+")
_KANA = re.compile("[\u3040-\u30ff]")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Table:
    """Pieces of words, and how likely each is: float32 (pieces, languages), natural logarithms."""

    languages: tuple[str, ...]
    pieces: Mapping[str, int]
    chances: Array


@cache
def table() -> Table:
    """The package's own, read once."""
    body = (get_data("samovar.guarding", "languages.txt") or b"").decode()
    lines = [line.split(" ") for line in body.splitlines() if not line.startswith("#")]
    pieces: dict[str, int] = {}
    told = [[one.rpartition(":") for one in rest] for _, *rest in lines]
    for piece, _, _ in (one for row in told for one in row):
        pieces.setdefault(piece, len(pieces))
    chances = np.full((len(pieces), len(lines)), _NEVER, np.float32)
    for at, row in enumerate(told):
        for piece, _, chance in row:
            chances[pieces[piece], at] = -int(chance) / 10
    return Table(tuple(line[0] for line in lines), pieces, chances)


def pieces_of(text: str) -> Counter[str]:
    """Letters, pairs and triples of a text's words, with _ before and after each word."""
    found: Counter[str] = Counter()
    for run in _RUN.findall(unicodedata.normalize("NFC", text).lower()):
        word = f"_{run[:64]}_"
        for size in (1, 2, 3):
            found.update(word[at : at + size] for at in range(len(word) - size + 1))
    del found["_"]
    return found


def likely(text: str) -> dict[str, float]:
    """Language → how much likelier than one piece in e it makes a piece; {} of too few letters.

    The largest is the likeliest: nats a piece, below 0.
    """
    known = table()
    letters = sum(map(len, _RUN.findall(text))) + 2 * len(_DENSE.findall(text))
    if letters < LEAST_LETTERS:
        return {}
    counts = pieces_of(text)
    rows = [known.pieces[piece] for piece in counts if piece in known.pieces]
    weights = np.array([counts[piece] for piece in counts if piece in known.pieces], np.float32)
    if not rows:
        return {}
    scores = weights @ known.chances[rows] / weights.sum()
    return dict(zip(known.languages, map(float, scores), strict=True))


def language_of(text: str) -> str:
    """Its ISO 639-1 code; "" of too few letters."""
    scores = likely(text)
    if scores and len(_KANA.findall(text)) * 10 > len(_DENSE.findall(text)):
        return "ja"  # no other language writes them, and most of its signs are Chinese
    return max(scores, key=lambda name: scores[name]) if scores else ""


def is_other(text: str, allowed: frozenset[str]) -> bool:
    """Whether a text is in a language, and in none of those that are allowed."""
    found = language_of(text)
    return bool(found) and found not in allowed
