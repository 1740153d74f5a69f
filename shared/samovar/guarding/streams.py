"""One answer that grows, piece by piece, through the guards after a model."""

from collections.abc import Generator, Sequence
from typing import Any

from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.guarding.telling import told_of

Piece = dict[str, Any]
_EMPTY = frozenset({"text", "index", "logprobs"})
"""What makes no piece by itself."""


class Stream:
    """Pieces of text, and of calls' arguments, each as far as it is certain."""

    def __init__(self, rules: Sequence[Rule], flags: Sequence[Piece]) -> None:
        self._rules = rules
        self._flags = list(flags)
        self._text = Screen(rules, "the answer's text")
        self._calls: dict[int, Screen] = {}

    def read(self, piece: Piece) -> Generator[Piece, None, None]:
        """The pieces that may be given out for one more of the model's. Raises GuardRefused."""
        if "finish_reason" in piece:
            rest = self._rest()
            if rest:
                yield {name: piece[name] for name in ("index",) if name in piece} | rest
            found = self._told()
            yield piece | ({"flags": found} if found else {})
            return
        said = dict(piece)
        if "text" in said:
            said["text"] = self._text.feed(said["text"])
        if "tool_calls" in said:
            said["tool_calls"] = [self._call(delta) for delta in said["tool_calls"]]
        if said.get("text") or said.get("logprobs") or said.keys() - _EMPTY:
            yield {name: value for name, value in said.items() if value or name != "text"}

    def _call(self, delta: Piece) -> Piece:
        at = delta["index"]
        screen = self._calls.setdefault(at, Screen(self._rules, _where(at)))
        return delta | {"arguments": screen.feed(delta["arguments"])}

    def _rest(self) -> Piece:
        """What was held back."""
        text = self._text.end()
        ends = [(at, screen.end()) for at, screen in self._calls.items()]
        calls = [{"index": at, "arguments": said} for at, said in ends if said]
        return ({"text": text} if text else {}) | ({"tool_calls": calls} if calls else {})

    def _told(self) -> list[Piece]:
        found = [*self._flags, *told_of(self._text, "answer.text")]
        for at, screen in self._calls.items():
            found += told_of(screen, f"answer.tool_calls[{at}].arguments")
        return found


def _where(at: int) -> str:
    return f"the answer's tool_calls[{at}].arguments"
