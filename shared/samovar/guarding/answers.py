"""The texts of an answer: each where it is, and the parts of the whole one as the whole one is."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from samovar.guarding.screen import Screen

_NOT_TEXTS = frozenset({"label", "language", "finish_reason", "probabilities", "task", "usage"})
"""What a model chooses from a list of its own."""


class Screening(Protocol):
    """A text and where it is → its screen, and what may be read of it."""

    def screen(self, text: str, where: str) -> tuple[Screen, str]:
        """Raises GuardRefused."""
        ...


def guard_answer(answer: Mapping[str, Any], screening: Screening) -> dict[str, Any]:
    """An answer as it may be read. Raises GuardRefused.

    `text` is read as a whole: lines, segments and words are parts of it, in its order, and what
    is hidden of it is hidden of them, though a part alone would tell nothing.
    """
    whole = answer.get("text")
    if not isinstance(whole, str):
        return _each(answer, screening, _Parts("", None))
    screen, said = screening.screen(whole, "text")
    rest = {name: value for name, value in answer.items() if name != "text"}
    guarded = _each(rest, screening, _Parts(whole, screen)) | {"text": said}
    return {name: guarded[name] for name in answer}


class _Parts:
    """A text that was screened, whose parts come one after the other."""

    def __init__(self, whole: str, screen: Screen | None) -> None:
        self._whole, self._screen = whole, screen
        self.reached = 0

    def read(self, text: str) -> str | None:
        """The next part as it may be read; None for what is no part of the text."""
        own = text.strip()
        at = self._whole.find(own, self.reached) if self._screen else -1
        if at < 0 or self._screen is None:
            return None
        self.reached = end = at + len(own)
        is_cut = any(edit.start < end and at < edit.end for edit in self._screen.edits)
        return _cut(own, at, self._screen) if is_cut else text


def _cut(text: str, at: int, screen: Screen) -> str:
    """A part that begins at `at` of the whole, with a label where something was hidden in it."""
    said, reached = [], at
    end = at + len(text)
    for edit in screen.edits:
        if edit.start < end and reached < edit.end:
            said += [text[reached - at : max(edit.start, reached) - at], edit.label]
            reached = min(edit.end, end)
    return "".join([*said, text[reached - at :]])


def _each(answer: Mapping[str, Any], screening: Screening, parts: _Parts) -> dict[str, Any]:
    found = {}
    for name, value in answer.items():
        parts.reached = 0
        known = name in _NOT_TEXTS
        found[name] = value if known else _guarded(value, name, screening, parts)
    return found


def _guarded(value: Any, where: str, screening: Screening, parts: _Parts) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.dtype.kind in "OSU" else value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        known = parts.read(value)
        return screening.screen(value, where)[1] if known is None else known
    if isinstance(value, Mapping):
        return _mapping(value, where, screening, parts)
    if isinstance(value, list | tuple):
        return [_guarded(one, f"{where}[{at}]", screening, parts) for at, one in enumerate(value)]
    return value


def _mapping(
    value: Mapping[str, Any], where: str, screening: Screening, parts: _Parts
) -> dict[str, Any]:
    """An object as it may be read: its text and, beside it, the parts of that text."""
    begin = reached = parts.reached
    found = {}
    for name, one in value.items():
        parts.reached = begin
        known = name in _NOT_TEXTS
        found[name] = one if known else _guarded(one, f"{where}.{name}", screening, parts)
        reached = max(reached, parts.reached)
    parts.reached = reached
    return found
