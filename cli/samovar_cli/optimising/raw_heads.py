"""Heads that no step makes anything of: raw outputs, and answers of no known form. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from samovar.golden import compare_whole

from samovar_cli.optimising.quality import (
    ORIGINAL,
    Head,
    Metric,
    compare_labels,
    compare_values,
    compare_vectors,
)

_NEAR = 0.02  # of an answer's largest number: two answers of no known form within it are the same


def compare_tensors(name: str, ours: Sequence[Any], theirs: Sequence[Any]) -> Head:
    """A raw output, a flat array a request: by cosine.

    By R² where each is one number, by equality where it holds no fractions.
    """
    if not ours or ours[0].dtype.kind != "f":
        same = [
            one.shape == other.shape and bool((one == other).all())
            for one, other in zip(ours, theirs, strict=True)
        ]
        share = float(np.mean(same)) if same else 1.0
        return Head(name, ORIGINAL, len(same), (Metric("same", 1.0, share),))
    if max(one.size for one in ours) == 1 and len(ours) > 1:
        values = [[float(one[0]) for one in side] for side in (ours, theirs)]
        return compare_values(name, values[0], values[1], None)
    found = compare_vectors(name, ours, theirs)
    best = [
        bool(one.argmax() == other.argmax()) if one.shape == other.shape else False
        for one, other in zip(ours, theirs, strict=True)
        if one.size
    ]
    facts = {**found.facts, "same_largest": float(np.mean(best)) if best else 1.0}
    return Head(name, ORIGINAL, found.rows, found.metrics, facts)


def compare_truth(
    name: str, ours: Sequence[Any], theirs: Sequence[Any], truth: Sequence[Any]
) -> Head:
    """A raw output whose truth is known: its value, or the number of its largest column."""
    count = min(len(ours), len(truth))
    ours, theirs, truth = ours[:count], theirs[:count], truth[:count]
    if max(one.size for one in ours) == 1:
        values = [[float(one[0]) for one in side] for side in (ours, theirs)]
        return compare_values(name, values[0], values[1], truth)
    best = [[int(one.argmax()) for one in side] for side in (ours, theirs)]
    return compare_labels(name, best[0], best[1], truth)


def compare_answers(ours: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]]) -> Head:
    """Whole answers: the same words, as many of everything, and numbers that lie near."""
    same = [
        compare_whole(one, other, _NEAR * max(map(abs, numbers(one)), default=1.0)).same
        for one, other in zip(ours, theirs, strict=True)
    ]
    return Head("answer", ORIGINAL, len(same), (Metric("same answers", 1.0, float(np.mean(same))),))


def numbers(value: Any) -> Iterator[float]:
    """Every number of an answer, the lists and objects in it included."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, int | float):
        yield value
