"""A variant's answers to the golden examples: which words differ, and how far numbers lie apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.golden import compare
from samovar.golden_run import check

from samovar_cli.optimising.answering import Place, open_plainly

_ROOM = 2.0  # that a tolerance leaves beyond what was measured


@dataclass(frozen=True, slots=True)
class Kept:
    """A golden example: what is wrong with its words, and how far its numbers are off."""

    name: str
    fault: str
    largest: float  # alone or in a batch, from what is expected or from itself alone
    tolerance: float

    @property
    def wider(self) -> float:
        """The tolerance under which it holds, to one digit; 0.0 where its own is enough."""
        if self.largest <= self.tolerance:
            return 0.0
        wanted = self.largest * _ROOM
        step = 10.0 ** math.floor(math.log10(wanted))
        return round(math.ceil(wanted / step) * step, 12)


def keep_examples(place: Place, threads: int) -> tuple[Kept, ...]:
    """Every golden example of a model, in order. Raises NotFound, ModelFault."""
    model = open_plainly(place, threads)
    found = []
    for finding in check(model):
        example = finding.example
        together = finding.together.largest if finding.together else 0.0
        largest = max(finding.alone.largest, together)
        try:
            answer = orjson.loads(pipeline.infer(example.payload, model).body)
        except SamovarError as error:
            found.append(Kept(example.name, error.message, math.inf, example.tolerance))
            continue
        words = compare(dict(example.expect), answer, math.inf).faults
        fault = words[0] if words else ""
        found.append(Kept(example.name, fault, largest, example.tolerance))
    return tuple(found)


def first_fault(original: Sequence[Kept], kept: Sequence[Kept]) -> str:
    """Why the examples say no, where they did not say so of the original; "" where they do not."""
    for before, after in zip(original, kept, strict=True):
        if before.fault:
            continue
        if after.fault or math.isinf(after.largest):
            said = after.fault or "its numbers are none"
            return f"the golden example {after.name!r} is answered otherwise: {said}"
    return ""
