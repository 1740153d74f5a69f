"""Whether a file of rows fits its model: told by line, before anything is built."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar.steps.labels import Labels, read_labels
from samovar.types import ModelSpec, ReadAsset

from samovar_cli.optimising.answering import Answers
from samovar_cli.optimising.cells import Faults
from samovar_cli.optimising.comparing import task_head
from samovar_cli.optimising.evaluation import Asked, Rows

_MOST_SHOWN = 8


def check_rows(rows: Rows, original: Answers, labels: frozenset[str]) -> None:
    """Each row must be answered by the original, and its truth be one that it could answer.

    `labels` are the model's classes; empty where it names none. Raises InvalidInput with
    `file:line: what is wrong`.
    """
    faults = Faults(rows.name)
    for asked, answer in zip(rows.asked, original.alone, strict=True):
        if isinstance(answer, str):
            faults.add(asked.line, answer)
        elif asked.truth and len(answer) > 1:
            faults.add(asked.line, f"it has {len(answer)} rows: give each a line of its own")
        else:
            _check_truth(asked, answer[0] if answer else {}, original, labels, faults)
        if rows.has_truth and not asked.truth:
            faults.add(asked.line, "it says nothing of what is true, and other rows do")
    faults.check()


def _check_truth(
    asked: Asked,
    answer: Mapping[str, Any],
    original: Answers,
    labels: frozenset[str],
    faults: Faults,
) -> None:
    for head, value in asked.truth.items():
        key = head or task_head(answer)
        if key in answer and key in _CHECKS:
            fault = _CHECKS[key](value, labels)
        else:
            fault = _unknown(key, value, answer, original)
        if fault:
            faults.add(asked.line, fault)


def _label(value: Any, labels: frozenset[str]) -> str:
    if not labels or str(value) in labels:
        return ""
    known = ", ".join(sorted(labels)[:_MOST_SHOWN])
    more = f" and {len(labels) - _MOST_SHOWN} more" if len(labels) > _MOST_SHOWN else ""
    return f"{value!r} is no class of the model; it has {known}{more}"


def _labels(value: Any, labels: frozenset[str]) -> str:
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list):
        return f"{value!r} is no list of classes: write them with ; between, or as a list"
    return next((said for one in parts if (said := _label(str(one).strip(), labels))), "")


def _value(value: Any, _labels: frozenset[str]) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return f"{value!r} is no number, and the model answers one"
    return "" if math.isfinite(number) else f"{value!r} is no finite number"


def _any_text(value: Any, _labels: frozenset[str]) -> str:
    return "" if isinstance(value, str) else f"{value!r} is no text, and the model answers one"


_CHECKS: Mapping[str, Callable[[Any, frozenset[str]], str]] = {
    "label": _label,
    "labels": _labels,
    "value": _value,
    "text": _any_text,
}


def _unknown(key: str, value: Any, answer: Mapping[str, Any], original: Answers) -> str:
    """Why a truth cannot be compared; "" for one that is a number, of a raw output."""
    if key in original.heads:
        return _value(value, frozenset())
    if key == "embedding":
        return "nobody can say which embedding is true: leave the truth out"
    heads = ", ".join([*(one for one in answer if one in _CHECKS), *original.heads]) or "none"
    return f"the model has no head {key!r} to hold a truth against; there are {heads}"


def labels_of(spec: ModelSpec, read: ReadAsset) -> frozenset[str]:
    """The classes of the model's steps; empty where no step names any."""
    found: list[str] = []
    for step in spec.post:
        said: Labels = getattr(step, "labels", ())
        found += read_labels(said, read) if said else ()
        other = getattr(step, "other", None)
        found += [other] if other else []
    return frozenset(found)


def covered_by(spec: ModelSpec, outputs: Sequence[str]) -> frozenset[str]:
    """The outputs that the model's steps make its answer of; all, where they do not say."""
    named = {str(name) for step in spec.post if (name := getattr(step, "tensor", ""))}
    known = frozenset(outputs)
    if not spec.post:
        return frozenset()
    return frozenset(named & known) or known
