"""Words that must not be said."""

from functools import partial

from samovar.errors import ManifestInvalid
from samovar.guarding.spans import FinderScan, Rule
from samovar.guarding.step import Action, GuardStep
from samovar.guarding.terms import finder, read_terms
from samovar.refusals import TermRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class GuardTerms(GuardStep):
    """`terms`, and those in `file` (one a line, # for remarks): whole words, however written.

    Case, accents, full-width forms and what nobody sees make no difference. Hidden as `label`.
    """

    action: Action = "redact"
    terms: tuple[str, ...] = ()
    file: str = ""
    label: str = "[BLOCKED]"

    def __post_init__(self) -> None:
        if not self.terms and not self.file:
            raise ParamError("terms", "must have one at least, or `file` name a file of them")
        try:
            read_terms(self.terms)
        except ValueError as error:
            raise ParamError("terms", str(error)) from None

    def assets(self) -> tuple[str, ...]:
        """The file, where there is one."""
        return (self.file,) if self.file else ()

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:
        """One, for all terms."""
        lines = read(self.file).decode("utf-8", "replace").splitlines() if self.file else []
        listed = (line.partition("#")[0].strip() for line in lines)
        try:
            terms = read_terms((*self.terms, *filter(None, listed)))
        except ValueError as error:
            raise ManifestInvalid([f"step 'guard_terms': {self.file} {error}"]) from None
        scan = partial(FinderScan, finder(terms))
        return (Rule(self.action, scan, lambda _: self.label, TermRefused, _named),)


def _named(_: str) -> str:
    return "holds a blocked term"
