"""Where in a text something is, and what looks for it."""

from collections.abc import Callable, Iterable
from typing import Protocol

from samovar.refusals import GuardRefused
from samovar.values import dataclass

CONTEXT = 48
"""Characters before a place that a finder may look back at: so many stay when a text is let go."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something of a kind from character `start` up to `end` of a text."""

    kind: str
    start: int
    end: int


class Scan(Protocol):
    """What looks at one text, which may come in pieces."""

    def read(self, tail: str, base: int, *, is_end: bool) -> tuple[list[Span], int]:
        """What was not known before, and up to where nothing new can begin any more.

        `tail` is the text so far from character `base` on: at the least all that was not
        certain at the last call, and the CONTEXT before it. Places are those of the text.
        """
        ...


Find = Callable[[str], Iterable[tuple[int, int]]]
"""A text → from where to where there is something: each place judged by its surroundings."""
Pending = Callable[[str], int]
"""A text that goes on → from where on something may still come to be; its length if nowhere."""


@dataclass(frozen=True, slots=True)
class Finder:
    """What finds things of one kind, each of which depends on the text around it alone.

    For a text that goes on after `n` characters: what `find` says of places before
    `pending(text[:n])` is what it will say of them, whatever comes.
    """

    kind: str
    find: Find
    pending: Pending


class FinderScan:
    """A finder over one text."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._safe = 0

    def read(self, tail: str, base: int, *, is_end: bool) -> tuple[list[Span], int]:
        """See Scan."""
        begin, end = self._safe, base + len(tail)
        known = max(begin - CONTEXT - base, 0)  # somebody else still waits for it
        tail, base = tail[known:], base + known
        kind = self._finder.kind
        self._safe = end if is_end else max(begin, base + self._finder.pending(tail))
        if self._safe == begin and not is_end:
            return [], begin
        found = (Span(kind, base + start, base + stop) for start, stop in self._finder.find(tail))
        last = end + 1 if is_end else self._safe
        return [span for span in found if begin <= span.start < last], self._safe


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for, and what becomes of it."""

    action: str
    """redact, refuse or flag."""
    scan: Callable[[], Scan]
    label: Callable[[str], str]
    """A kind → what stands in its place."""
    refusal: type[GuardRefused]
    names: Callable[[str], str]
    """A kind → how a person calls it."""
