"""How long a text may be."""

from functools import partial

from samovar.guarding.lengths import LengthScan
from samovar.guarding.spans import Rule
from samovar.guarding.step import Action, GuardStep
from samovar.refusals import LengthRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class GuardLength(GuardStep):
    """Texts of at most `max_characters`; redacted, what is over is cut off."""

    max_characters: int
    action: Action = "refuse"

    def __post_init__(self) -> None:
        if self.max_characters < 1:
            raise ParamError("max_characters", f"must be 1 or more, not {self.max_characters}")

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:  # noqa: ARG002 - a step's shape
        """One."""
        scan = partial(LengthScan, self.max_characters)
        name = f"has more than {self.max_characters} characters"
        return (Rule(self.action, scan, lambda _: "", LengthRefused, lambda _: name),)
