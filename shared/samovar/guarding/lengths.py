"""How long a text may be."""

from samovar.guarding.spans import Span

REST = 1 << 60
"""Further than any text reaches: all that follows."""


class LengthScan:
    """A text of at most so many characters: what is over is one span, as far as it goes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._told = False

    def read(self, tail: str, base: int, *, is_end: bool) -> tuple[list[Span], int]:  # noqa: ARG002 - a scan's shape
        """See Scan."""
        end = base + len(tail)
        if end <= self._most or self._told:
            return [], end
        self._told = True
        return [Span("length", self._most, REST)], end
