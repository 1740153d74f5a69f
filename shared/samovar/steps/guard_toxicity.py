"""Sentences that people would call offensive."""

from functools import partial

from samovar.guarding.judging import SentenceScan
from samovar.guarding.spans import Rule
from samovar.guarding.step import Action, GuardStep
from samovar.guarding.toxicity import read_words
from samovar.refusals import ToxicityRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class GuardToxicity(GuardStep):
    """Sentences that the small model in `file` gives `threshold` or more, in English.

    Hidden as `label`, a sentence at a time. `python -m recipes.toxicity` writes the file.
    """

    action: Action = "refuse"
    threshold: float = 0.95
    file: str = "toxicity.npz"
    label: str = "[REMOVED] "

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ParamError("threshold", f"must lie in (0, 1], not {self.threshold}")

    def assets(self) -> tuple[str, ...]:
        """The model's file."""
        return (self.file,)

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:
        """One. Raises ModelCorrupt."""
        words = read_words(self.file, read(self.file))
        scan = partial(
            SentenceScan, "toxic", lambda text: words.probability(text) >= self.threshold
        )
        return (Rule(self.action, scan, lambda _: self.label, ToxicityRefused, _named),)


def _named(_: str) -> str:
    return "holds a sentence that a model takes for toxic"
