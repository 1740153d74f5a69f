"""A variant's answers beside the original's and the truth: a Quality. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from samovar.golden import compare as differences

from samovar_cli.optimising.answering import Answers, Predictions
from samovar_cli.optimising.evaluation import Rows
from samovar_cli.optimising.quality import KINDS, Head
from samovar_cli.optimising.raw_heads import (
    compare_answers,
    compare_tensors,
    compare_truth,
    numbers,
)


@dataclass(frozen=True, slots=True)
class Quality:
    """What came of a variant's answers. `failed` says why there are none to compare."""

    heads: tuple[Head, ...] = ()
    together: tuple[Head, ...] = ()  # the same rows, in shared runs
    apart: float = 0.0
    """How far a row's answer alone is from that in a shared run, at most; of numbers over 1, the
    share."""
    failed: str = ""

    @property
    def main(self) -> Head | None:
        """The task's own head."""
        return next(iter(self.heads), None)


def quality_of(rows: Rows, original: Answers, variant: Answers, covered: frozenset[str]) -> Quality:
    """`covered` are outputs that the task's own head is made of: shown, and not gated.

    Never raises: what cannot be compared has failed.
    """
    failed = _first_failure(rows, variant.alone) or _first_failure(rows, variant.together)
    if failed:
        return Quality(failed=failed)
    ours, theirs = _flat(original.alone), _flat(variant.alone)
    if len(ours) != len(theirs):
        return Quality(failed=f"it gives {len(theirs)} predictions, the original {len(ours)}")
    truth = _truths(rows, ours)
    raw = tuple(_raw(rows, original, variant, covered))
    unknown = not any(head.gated for head in raw)
    heads = (*_answered(ours, theirs, truth, unknown=unknown), *raw)
    if not variant.together:
        return Quality(heads)
    batched = _flat(variant.together)
    apart = max((_apart(a, b) for a, b in zip(theirs, batched, strict=True)), default=0.0)
    return Quality(heads, tuple(_answered(ours, batched, truth, unknown=unknown)), apart)


def task_head(prediction: Mapping[str, Any]) -> str:
    """The head that a truth without a name is meant for; "" where there is none."""
    return next((key for key in KINDS if key in prediction), "")


def _first_failure(rows: Rows, answers: Sequence[Predictions | str]) -> str:
    for asked, answer in zip(rows.asked, answers, strict=False):
        if isinstance(answer, str):
            return f"{rows.name}:{asked.line}: {answer}"
    return ""


def _flat(answers: Sequence[Predictions | str]) -> list[Mapping[str, Any]]:
    return [row for answer in answers if not isinstance(answer, str) for row in answer]


def _truths(rows: Rows, ours: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Any]]:
    """By head, what is true of each row."""
    if not rows.has_truth:
        return {}
    own = task_head(ours[0]) if ours else ""
    heads = {head for asked in rows.asked for head in asked.truth}
    return {head or own: [asked.truth.get(head) for asked in rows.asked] for head in heads}


def _answered(
    ours: Sequence[Mapping[str, Any]],
    theirs: Sequence[Mapping[str, Any]],
    truth: Mapping[str, Sequence[Any]],
    *,
    unknown: bool,
) -> Iterator[Head]:
    """The heads of answers; `unknown`: no raw output says anything of answers of no known form."""
    known = [key for key in KINDS if ours and all(key in one for one in ours)]
    if ours and not known and unknown:
        yield compare_answers(ours, theirs)
    for key, compare in ((key, KINDS[key]) for key in known):
        if all(key in one for one in theirs):
            said = [[one.get(key) for one in side] for side in (ours, theirs)]
            yield compare(key, said[0], said[1], truth.get(key))


def _raw(
    rows: Rows, original: Answers, variant: Answers, covered: frozenset[str]
) -> Iterator[Head]:
    for name, ours in original.heads.items():
        theirs = variant.heads.get(name, ())
        said = [asked.truth.get(name) for asked in rows.asked]
        if len(theirs) != len(ours):
            continue  # there was no room for both alike
        if any(one is not None for one in said):
            yield compare_truth(name, ours, theirs, said)
        else:
            yield replace(compare_tensors(name, ours, theirs), gated=name not in covered)


def _apart(alone: Mapping[str, Any], together: Mapping[str, Any]) -> float:
    largest = max(map(abs, numbers(alone)), default=0.0)
    return differences(alone, together, math.inf).largest / max(largest, 1.0)
