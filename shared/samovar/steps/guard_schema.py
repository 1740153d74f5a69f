"""Answers that must be JSON of a schema."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from samovar.guarding.json_schema import faults, fits
from samovar.guarding.judging import HeadScan
from samovar.guarding.lengths import REST
from samovar.guarding.spans import Rule
from samovar.guarding.step import GuardStep
from samovar.refusals import SchemaRefused
from samovar.steps.params import ParamError
from samovar.types import ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class GuardSchema(GuardStep):
    """Texts that are JSON of `schema`, after a model. A stream waits for its end."""

    schema: Mapping[str, Any]
    action: Literal["refuse", "flag"] = "refuse"

    def __post_init__(self) -> None:
        if found := faults(self.schema):
            raise ParamError("schema", f"says what is not understood: {'; '.join(found[:3])}")

    def misplaced(self, key: str) -> tuple[str, ...]:
        """What is wrong with standing in `[[key]]`."""
        return ("guard_schema judges answers: it stands in [[post]]",) if key == "pre" else ()

    def rules(self, read: ReadAsset) -> tuple[Rule, ...]:  # noqa: ARG002 - a step's shape
        """One."""
        schema = self.schema
        scan = partial(HeadScan, "schema", REST, lambda text: not fits(text, schema))
        return (Rule(self.action, scan, lambda _: "", SchemaRefused, _named),)


def _named(_: str) -> str:
    return "is not the JSON that is promised"
