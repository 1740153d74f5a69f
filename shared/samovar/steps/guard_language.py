"""The languages that a text may be in."""

from functools import partial
from typing import Literal

from samovar.guarding.judging import HeadScan
from samovar.guarding.languages import is_other, table
from samovar.guarding.spans import Rule
from samovar.guarding.step import GuardStep
from samovar.refusals import LanguageRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class GuardLanguage(GuardStep):
    """Texts in one of `allowed` (ISO 639-1), judged by their first `characters`.

    A text of fewer than 20 letters passes: nobody can tell.
    """

    allowed: tuple[str, ...]
    action: Literal["refuse", "flag"] = "refuse"
    characters: int = 300

    def __post_init__(self) -> None:
        if not self.allowed:
            raise ParamError("allowed", "must name one language at least")
        if unknown := {*self.allowed} - {*table().languages}:
            raise ParamError("allowed", f"has a language that is not known: {min(unknown)!r}")
        if self.characters < 20:
            raise ParamError("characters", f"must be 20 or more, not {self.characters}")

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:  # noqa: ARG002 - a step's shape
        """One."""
        judge = partial(is_other, allowed=frozenset(self.allowed))
        scan = partial(HeadScan, "language", self.characters, judge)
        name = f"is in none of the languages {', '.join(self.allowed)}"
        return (Rule(self.action, scan, lambda _: "", LanguageRefused, lambda _: name),)
