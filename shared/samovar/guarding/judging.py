"""Texts judged as they are: all of one, its beginning, or sentence by sentence."""

import re
from collections.abc import Callable

from samovar.guarding.lengths import REST
from samovar.guarding.spans import Span

Judge = Callable[[str], bool]
"""A text → whether it may not pass."""
_END = re.compile(r"[.!?…。！？]{1,8}[\"')\]]{0,4}\s|\n")
MOST_SENTENCE = 300
"""Characters: what has no end after so many is judged so far."""


class HeadScan:
    """The first `most` characters judged for all that follow: nothing is certain before."""

    def __init__(self, kind: str, most: int, is_bad: Judge) -> None:
        self._kind, self._most, self._is_bad = kind, most, is_bad
        self._is_judged = False

    def read(self, tail: str, base: int, *, is_end: bool) -> tuple[list[Span], int]:
        """See Scan."""
        end = base + len(tail)
        if self._is_judged:
            return [], end
        if end < self._most and not is_end:
            return [], 0
        self._is_judged = True  # and nothing of it was let go of: base is 0
        return ([Span(self._kind, 0, REST)] if self._is_bad(tail[: self._most]) else []), end


class SentenceScan:
    """Each sentence judged by itself, when it is over."""

    def __init__(self, kind: str, is_bad: Judge) -> None:
        self._kind, self._is_bad = kind, is_bad
        self._begin = 0

    def read(self, tail: str, base: int, *, is_end: bool) -> tuple[list[Span], int]:
        """See Scan."""
        found = []
        while (size := self._size(tail, self._begin - base, is_end=is_end)) > 0:
            start = self._begin - base
            if self._is_bad(tail[start : start + size]):
                found.append(Span(self._kind, self._begin, self._begin + size))
            self._begin += size
        return found, self._begin

    def _size(self, tail: str, start: int, *, is_end: bool) -> int:
        """Characters of the sentence from `start` on; 0 while it is not over."""
        ends = _END.search(tail, start, start + MOST_SENTENCE)
        if ends:
            return ends.end() - start
        left = len(tail) - start
        return MOST_SENTENCE if left >= MOST_SENTENCE else left * is_end
