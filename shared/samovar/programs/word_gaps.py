"""Spaces between words, where the recogniser left them out though the picture shows them.

PP-OCR's recognisers were trained on Chinese, which has no spaces, and drop most of those of
other languages. The gap between two words is seen in the line itself: columns without ink,
more of them than between the letters of a word.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from samovar.types import Array

MARGIN = 4
"""Rows left out at the top and the bottom of a line: what reaches in from its neighbours."""

INK = 0.35
"""Of the strongest difference from the ground, and at least FAINTEST grey levels."""
FAINTEST = 20

BETWEEN_DIGITS = 4 / 3
"""Digits are all set as wide as a 0, which leaves gaps around a 1."""

FIRST_WITHOUT_SPACES = 0x2E80
"""From this code point on are the scripts of East Asia, which put no spaces between words."""


def with_spaces(characters: Sequence[str], middles: Array, line: Array, word_gap: float) -> str:
    """The text of a line, uint8 (height, width, 3), with a space at each wide gap.

    `middles` float64 (characters,) says where each stands, in pixels from the left. A gap is
    wide that is wider than the line's median gap by `word_gap` of its height; 0 adds none.
    """
    if word_gap == 0 or len(characters) < 2:
        return "".join(characters)
    blank = ~inked_columns(line)
    spans = pairwise(middles.astype(int).tolist())
    gaps = np.array([longest_run(blank[left:right]) for left, right in spans])
    over = (gaps - np.median(gaps)) / len(line)
    text = characters[0]
    for gap, (left, right) in zip(over, pairwise(characters), strict=True):
        text += (" " if gap >= word_gap * _reluctance(left, right) else "") + right
    return text


def inked_columns(line: Array) -> Array:
    """Bool (width,): the columns in which a line has ink, darker or lighter than its ground."""
    grey = line[MARGIN:-MARGIN].mean(axis=2)
    strength = np.abs(grey - np.median(grey))
    inked: Array = (strength > max(INK * strength.max(), FAINTEST)).any(axis=0)
    return inked


def longest_run(flags: Array) -> int:
    """The most set flags in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _reluctance(left: str, right: str) -> float:
    """How much wider a gap must be to get a space between these two."""
    if not (left.strip() and right.strip()):
        return np.inf
    if max(ord(left[0]), ord(right[0])) >= FIRST_WITHOUT_SPACES:
        return np.inf
    return BETWEEN_DIGITS if left.isdigit() and right.isdigit() else 1.0
