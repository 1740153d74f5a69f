"""A text through its rules, whole or as it grows: the same comes out however it was cut."""

from collections.abc import Sequence

from samovar.guarding.spans import CONTEXT, Rule, Scan, Span
from samovar.values import dataclass

REDACT, REFUSE, FLAG = "redact", "refuse", "flag"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of a text, in whose place `label` stands at `at`."""

    kind: str
    start: int
    end: int
    label: str
    at: int


class Screen:
    """One text. What is given out never holds a part of what a rule hides or refuses.

    What may still become such a thing is held back until that is certain, and no longer.
    Raises GuardRefused, by the kind and the place (`where`), never the value.
    """

    def __init__(self, rules: Sequence[Rule], where: str) -> None:
        self._scans: list[tuple[Rule, Scan]] = [(rule, rule.scan()) for rule in rules]
        self._where = where
        self._tail, self._base = "", 0
        self._given = 0  # characters of the text that are out, or hidden
        self._told = 0  # characters that came out
        self._hidden: list[tuple[Span, Rule]] = []  # certain, and not yet reached
        self.edits: list[Edit] = []
        self.flagged: list[Span] = []

    def feed(self, text: str) -> str:
        """What may be given out now that so much more of the text has come."""
        return self._read(text, is_end=False)

    def whole(self, text: str) -> str:
        """What may be given out of a text that is all there."""
        return self._read(text, is_end=True)

    def end(self) -> str:
        """What was held back, now that nothing follows."""
        return self._read("", is_end=True)

    def _read(self, text: str, *, is_end: bool) -> str:
        self._tail += text
        end = self._base + len(self._tail)
        held, kept, refused = end, end, []
        for rule, scan in self._scans:
            found, safe = scan.read(self._tail, self._base, is_end=is_end)
            kept = min(kept, safe)
            if rule.action == FLAG:
                self.flagged += found
                continue
            held = min(held, safe)
            if rule.action == REFUSE:
                refused += [(span, rule) for span in found]
            else:
                self._hidden += [(span, rule) for span in found]
        if refused:
            self._refuse(*min(refused, key=lambda one: one[0].start))
        said = self._give(held)
        self._drop(min(kept, self._given) - CONTEXT)
        return said

    def _refuse(self, span: Span, rule: Rule) -> None:
        name = rule.names(span.kind)
        raise rule.refusal(f"{self._where} {name}: this model's guard refuses it")

    def _give(self, until: int) -> str:
        """The text up to `until`, with labels for what is hidden of it."""
        self._hidden.sort(key=lambda one: (one[0].start, -one[0].end))
        said = []
        while self._hidden and self._hidden[0][0].start < max(until, self._given):
            span, rule = self._hidden.pop(0)
            if span.start < self._given:  # within, or at the end of, what is hidden already
                self._stretch(span.end)
                continue
            said.append(self._plain(span.start))
            said.append(self._hide(span, rule.label(span.kind)))
        said.append(self._plain(until))
        return "".join(said)

    def _plain(self, until: int) -> str:
        part = self._tail[self._given - self._base : max(until, self._given) - self._base]
        self._given += len(part)
        self._told += len(part)
        return part

    def _hide(self, span: Span, label: str) -> str:
        self.edits.append(Edit(span.kind, span.start, span.end, label, self._told))
        self._given, self._told = span.end, self._told + len(label)
        return label

    def _stretch(self, end: int) -> None:
        if end > self._given:
            last = self.edits[-1]
            self.edits[-1] = Edit(last.kind, last.start, end, last.label, last.at)
            self._given = end

    def _drop(self, until: int) -> None:
        """Let go of what nobody looks back at."""
        if until > self._base:
            cut = min(until - self._base, len(self._tail))
            self._tail, self._base = self._tail[cut:], self._base + cut

    @property
    def length(self) -> int:
        """Characters of the text so far."""
        return self._base + len(self._tail)

    def place_after(self, end: int) -> int:
        """Where in what came out the text's first `end` characters end."""
        return self.place(end - 1) + self._width(end - 1) if end else 0

    def _width(self, at: int) -> int:
        """Of what stands in the place of one character."""
        return next((len(e.label) for e in self.edits if e.start <= at < e.end), 1)

    def place(self, at: int) -> int:
        """Where in what came out the text's character `at` is, or what stands in its place."""
        moved = at
        for edit in self.edits:
            if edit.start <= at < edit.end:
                return edit.at
            if edit.end <= at:
                moved = at - edit.end + edit.at + len(edit.label)
        return moved
