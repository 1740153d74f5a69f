"""What steps that guard have in common: they pass texts on, and say what they look for."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.types import Kind, ReadAsset

Action = Literal["redact", "refuse", "flag"]


class GuardStep:
    """A step over texts that stands before all others, or after all others, of a model.

    As a step of its own it hides and refuses; in a model its rules are read, and every text is
    judged by those of all its guards together, as it was sent or said.
    """

    __slots__ = ()
    takes: ClassVar[Kind] = Kind.TEXT
    gives: ClassVar[Kind] = Kind.TEXT

    def assets(self) -> tuple[str, ...]:
        """Names of the files beside the model that `rules` will read."""
        return ()

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:
        """What to look for, and what becomes of it. Raises ManifestInvalid."""
        raise NotImplementedError  # each guard looks for something of its own

    def bind(self, read: ReadAsset) -> Callable[[Any], Any]:
        """Texts → texts, without what is hidden. Raises GuardRefused."""
        rules = self.rules(read)

        def guard(texts: Sequence[str]) -> list[str]:
            return [Screen(rules, f"text {at}").whole(text) for at, text in enumerate(texts)]

        return guard
