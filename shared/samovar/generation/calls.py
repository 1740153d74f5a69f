"""Text that may call tools, told apart as it comes: what is said, and what is called."""

from collections.abc import Callable, Mapping
from typing import Any

from samovar.generation.saying import longest_beginning
from samovar.generation.tools import AFTER, BEFORE_ARGUMENTS, BEFORE_NAME, OPEN
from samovar.values import dataclass

Delta = dict[str, Any]
"""`index` of a call, its `name` where it begins, and a piece of its `arguments`, which are JSON."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of what was said, and pieces of calls."""

    text: str = ""
    calls: tuple[Delta, ...] = ()


class Calls:
    """A text that grows, by its pieces; a mark that is not whole yet is held back."""

    def __init__(self) -> None:
        self.whole = 0
        """Calls that are complete."""
        self._begun = 0
        self._held = ""
        self._text: list[str] = []
        self._deltas: list[Delta] = []
        self._read: Callable[[], bool] = self._content
        self._depth, self._quoted, self._escaped = 0, False, False

    def add(self, piece: str) -> Heard:
        """What is certain now."""
        self._held += piece
        while self._read():
            pass
        return self._told()

    def end(self) -> Heard:
        """What was held back as the beginning of a mark, and is none."""
        if self._read == self._content:
            self._text.append(self._held)
            self._held = ""
        return self._told()

    def _told(self) -> Heard:
        found = Heard("".join(self._text), tuple(self._deltas))
        self._text, self._deltas = [], []
        return found

    def _content(self) -> bool:
        said, mark, rest = self._held.partition(OPEN)
        if mark:
            self._say(said)
            self._held, self._read = rest, self._name
            return True
        keep = longest_beginning(self._held, (OPEN,))
        self._say(self._held[: len(self._held) - keep])
        self._held = self._held[len(self._held) - keep :]
        return False

    def _say(self, text: str) -> None:
        if not self._begun:  # between calls stand ends of lines alone
            self._text.append(text)

    def _name(self) -> bool:
        head, mark, rest = self._held.partition(BEFORE_ARGUMENTS)
        if not mark:
            return False
        name = head.removeprefix(BEFORE_NAME)
        self._deltas.append({"index": self._begun, "name": name, "arguments": ""})
        self._begun += 1
        self._held, self._read = rest, self._arguments
        self._depth, self._quoted, self._escaped = 0, False, False
        return True

    def _arguments(self) -> bool:
        ends = next((at for at, sign in enumerate(self._held) if self._closes(sign)), None)
        own = self._held if ends is None else self._held[:ends]
        if own:
            self._deltas.append({"index": self._begun - 1, "arguments": own})
        self._held = self._held[len(own) :]
        if ends is not None:
            self._read = self._after
        return ends is not None

    def _closes(self, sign: str) -> bool:
        """Whether a sign closes the call: it is outside of all that the arguments open."""
        if self._quoted:
            self._quoted = self._escaped or sign != '"'
            self._escaped = sign == "\\" and not self._escaped
            return False
        self._quoted = sign == '"'
        self._depth += _DEEPER.get(sign, 0)
        return self._depth < 0

    def _after(self) -> bool:
        if len(self._held) < len(AFTER):
            return False
        self._held, self._read = self._held[len(AFTER) :], self._content
        self.whole += 1
        return True


_DEEPER: Mapping[str, int] = {"{": 1, "[": 1, "}": -1, "]": -1}
