"""Tokens to text as they come: no character is split, and no stop text is told in part."""

from collections.abc import Callable, Sequence

_BROKEN = "\N{REPLACEMENT CHARACTER}"
_MOST_BYTES = 4  # of a character in UTF-8: no more tokens than that may wait for its end


class Saying:
    """One text that grows. `decode` gives the text of tokens; it may end in a broken character."""

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stops = tuple(stops)
        self._tokens: list[int] = []
        self._told = 0  # tokens whose text is out
        self._context = 0  # from which tokens are decoded again: their text may lean on each other
        self._held = ""
        self.is_stopped = False
        """Whether a stop text has come: what follows is not told."""

    def add(self, token: int) -> str:
        """The text that is certain now, "" while it is not."""
        if self.is_stopped:
            return ""
        self._tokens.append(token)
        return self._release(self._fresh(whole=False), is_end=False)

    def end(self) -> str:
        """What was held back, when no token follows; a character that never became whole is a
        replacement character.
        """
        return "" if self.is_stopped else self._release(self._fresh(whole=True), is_end=True)

    def _fresh(self, *, whole: bool) -> str:
        """The text of the tokens since the last ones that were told."""
        before = self._decode(self._tokens[self._context : self._told])
        text = self._decode(self._tokens[self._context :])
        waits = len(self._tokens) - self._told < _MOST_BYTES
        if not whole and (text.endswith(_BROKEN) and waits):
            return ""
        self._context, self._told = self._told, len(self._tokens)
        return text[len(before) :]

    def _release(self, text: str, *, is_end: bool) -> str:
        self._held += text
        cut = min((at for stop in self._stops if (at := self._held.find(stop)) >= 0), default=-1)
        if cut >= 0:
            self.is_stopped = True
            told, self._held = self._held[:cut], ""
            return told
        keep = 0 if is_end else longest_beginning(self._held, self._stops)
        told = self._held[: len(self._held) - keep]
        self._held = self._held[len(told) :]
        return told


def longest_beginning(text: str, stops: Sequence[str]) -> int:
    """The length of the longest end of `text` that a stop text begins with, short of all of it."""
    most = min(len(text), max(map(len, stops), default=0))
    for length in range(most, 0, -1):
        if any(len(stop) > length and stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0
