"""Personal data: e-mail addresses, telephone numbers, cards, bank accounts, network addresses."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

from samovar.guarding.accounts import CARD, IBAN
from samovar.guarding.addresses import CREDENTIALS, EMAIL, IP
from samovar.guarding.phones import phones, regions
from samovar.guarding.spans import Finder, FinderScan, Rule
from samovar.guarding.step import Action, GuardStep
from samovar.refusals import PersonalDataRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass

Personal = Literal["email", "phone", "card", "iban", "ip", "credentials"]
_FINDERS: Mapping[str, Finder] = {one.kind: one for one in (EMAIL, CARD, IBAN, IP, CREDENTIALS)}
_NAMES: Mapping[str, str] = {
    "email": "holds an e-mail address",
    "phone": "holds a telephone number",
    "card": "holds a payment card's number",
    "iban": "holds a bank account's number",
    "ip": "holds an IP address",
    "credentials": "holds a link with a password",
}


@dataclass(frozen=True, slots=True)
class GuardPii(GuardStep):
    """Personal data of the `kinds`, found by their forms and check digits.

    Hidden as [EMAIL], [PHONE], [CARD], [IBAN], [IP], [CREDENTIALS]. Telephone numbers without
    their country's code are those of `regions`.
    """

    action: Action = "redact"
    kinds: tuple[Personal, ...] = ("email", "phone", "card", "iban", "ip", "credentials")
    regions: tuple[str, ...] = ("US", "GB", "DE", "FR")

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ParamError("kinds", "must name one at least")
        if "phone" in self.kinds and (unknown := {*self.regions} - regions()):
            raise ParamError("regions", f"has one whose numbers are not known: {min(unknown)!r}")

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:  # noqa: ARG002 - a step's shape
        """One for each kind."""
        found = (phones(self.regions) if kind == "phone" else _FINDERS[kind] for kind in self.kinds)
        return tuple(
            Rule(self.action, partial(FinderScan, one), _label, PersonalDataRefused, _named)
            for one in found
        )


def _named(kind: str) -> str:
    return _NAMES[kind]


def _label(kind: str) -> str:
    return f"[{kind.upper()}]"
