"""How a variant's answers compare with the original's, head by head. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from samovar_cli.optimising.metrics import (
    accuracy,
    character_accuracy,
    cosine,
    macro_f1,
    paired_bound,
    r2,
    set_f1,
)

TRUTH, ORIGINAL = "truth", "original"


@dataclass(frozen=True, slots=True)
class Metric:
    """A score, higher is better, of the original and of the variant."""

    name: str
    original: float
    variant: float

    @property
    def loss(self) -> float:
        """What the variant lacks."""
        return self.original - self.variant


@dataclass(frozen=True, slots=True)
class Head:
    """One thing that the model answers, and how well the variant does."""

    name: str
    against: str  # TRUTH, or ORIGINAL where nobody says what is true
    rows: int
    metrics: tuple[Metric, ...]
    facts: Mapping[str, float] = field(default_factory=dict)
    lost: tuple[str, ...] = ()  # classes that the original predicts, and the variant never
    gated: bool = True

    @property
    def loss(self) -> float:
        """The largest of its metrics' losses."""
        return max((metric.loss for metric in self.metrics), default=0.0)


Compare = Callable[[str, Sequence[Any], Sequence[Any], Sequence[Any] | None], Head]


def compare_labels(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any] | None
) -> Head:
    """One class a row: accuracy and F1, and which classes are gone."""
    one, other = _texts(ours), _texts(theirs)
    right = one if truth is None else _texts(truth)
    metrics = (
        Metric("accuracy", accuracy(right, one), accuracy(right, other)),
        Metric("macro F1", macro_f1(right, one), macro_f1(right, other)),
    )
    lost = tuple(sorted(set(one) - set(other)))
    facts = {"agreement": accuracy(one, other), "loss_at_most": paired_bound(right, one, other)}
    return Head(name, _against(truth), len(one), metrics, facts, lost)


def compare_sets(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any] | None
) -> Head:
    """Several labels a row: F1 over all of them."""
    one, other = _sets(ours), _sets(theirs)
    right = one if truth is None else _sets(truth)
    metrics = (Metric("F1", set_f1(right, one), set_f1(right, other)),)
    lost = frozenset().union(*one) - frozenset().union(*other)
    facts = {"agreement": accuracy(one, other)}
    return Head(name, _against(truth), len(one), metrics, facts, tuple(sorted(lost)))


def compare_values(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any] | None
) -> Head:
    """A number a row: R², and the mean error in its own unit."""
    one, other = _numbers(ours), _numbers(theirs)
    right = one if truth is None else _numbers(truth)
    metrics = (Metric("R²", r2(right, one), r2(right, other)),)
    facts = {
        "mae_original": float(np.abs(right - one).mean()),
        "mae": float(np.abs(right - other).mean()),
        "max_abs": float(np.abs(one - other).max()),
    }
    return Head(name, _against(truth), len(one), metrics, facts)


def compare_texts(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any] | None
) -> Head:
    """A text a row: the share of its characters that need no edit."""
    one, other = _texts(ours), _texts(theirs)
    right = one if truth is None else _texts(truth)
    before, after = (
        float(np.mean([character_accuracy(t, s) for t, s in zip(right, said, strict=True)]))
        for said in (one, other)
    )
    facts = {"agreement": accuracy(one, other)}
    metrics = (Metric("characters", before, after),)
    return Head(name, _against(truth), len(one), metrics, facts)


def compare_vectors(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any] | None = None
) -> Head:
    """A vector a row: its cosine with the original's. Nobody can say which vector is true."""
    del truth
    pairs = [
        (np.asarray(one, np.float64).reshape(-1), np.asarray(other, np.float64).reshape(-1))
        for one, other in zip(ours, theirs, strict=True)
    ]
    cosines = [cosine(one, other) for one, other in pairs]
    metrics = (Metric("cosine", 1.0, float(np.mean(cosines))),)
    facts = {"cosine_min": float(min(cosines)), "max_abs": _max_abs(pairs)}
    return Head(name, ORIGINAL, len(pairs), metrics, facts)


KINDS: Mapping[str, Compare] = {
    "label": compare_labels,
    "labels": compare_sets,
    "value": compare_values,
    "text": compare_texts,
    "embedding": compare_vectors,
}
"""Key of an answer → how it is compared, the task's own head first."""


def _max_abs(pairs: Sequence[tuple[Any, Any]]) -> float:
    return max(
        float(np.abs(one - other).max(initial=0.0)) if one.shape == other.shape else float("inf")
        for one, other in pairs
    )


def _against(truth: Sequence[Any] | None) -> str:
    return ORIGINAL if truth is None else TRUTH


def _texts(values: Sequence[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _sets(values: Sequence[Any]) -> list[frozenset[str]]:
    return [
        frozenset(part.strip() for part in value.split(";") if part.strip())
        if isinstance(value, str)
        else frozenset(map(str, value))
        for value in values
    ]


def _numbers(values: Sequence[Any]) -> Any:
    return np.array([np.nan if value is None else float(value) for value in values])
