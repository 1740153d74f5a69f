"""How an object is put together of others: what S3 copies by itself, and what is sent again.

S3 takes no part under 5 MB but the last, so that what is smaller is read and sent with what
follows, and the rest of that is copied from where it was left.
"""

from collections.abc import Callable, Iterator, Sequence

from samovar.values import dataclass

LEAST = 5 * 1024 * 1024
MOST = 5 * 1024**3
"""Bytes of a part."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the new object: bytes that are sent, or a range of another object."""

    body: bytes = b""
    uri: str = ""
    start: int = 0
    end: int = 0  # exclusive


def pieces(
    sources: Sequence[tuple[str, int]], read: Callable[[str, int, int], bytes], least: int = LEAST
) -> Iterator[Piece]:
    """The parts, of objects and their sizes. All but the last have `least` bytes or more."""
    held = b""
    for uri, size in sources:
        at = 0
        if held or size < least:
            at = min(size, max(least - len(held), 0))
            held += read(uri, 0, at)
        if len(held) >= least:
            yield Piece(held)
            held = b""
        if not held and size - at >= least:
            yield from _ranges(uri, at, size, least)
        elif at < size:
            held += read(uri, at, size - at)
    if held:
        yield Piece(held)


def _ranges(uri: str, start: int, end: int, least: int) -> Iterator[Piece]:
    """A range in parts that are not too large, nor, in the end, too small."""
    while end - start > MOST:
        cut = start + MOST - least
        yield Piece(uri=uri, start=start, end=cut)
        start = cut
    yield Piece(uri=uri, start=start, end=end)
