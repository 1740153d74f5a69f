"""A label set's head: several heads in one, each as loud as what it says of rows left out."""

from collections.abc import Sequence

import numpy as np

from samovar.classification.heads import LinearHead, means, ridges
from samovar.steps.scores import softmax
from samovar.types import Array
from samovar.values import dataclass

NAME_COUNTS = (0.5, 1.0, 2.0, 4.0)
"""Examples that a label's own words count as: a head of means for each."""
STRENGTHS = (0.3, 1.0, 3.0)
"""Of the ridge: a head for each."""
_TEMPERATURE = 0.08
"""Of scores whose labels' weights lie 1 apart from their middle, where nothing was left out."""
_TEMPERATURES = np.geomspace(1 / 8, 64, 19)
_FINER = np.geomspace(1 / 1.4, 1.4, 9)
_HELD = 3.0
"""How firmly a temperature is held to the usual one, in rows for each squared power of e."""
_TEMPER = 0.25
"""The power of the left-out likelihood: rows that are left out in turn know of each other."""
_COSINE, _SPREAD = 0.19, 0.10
"""Of a text with the label it is nearest to, by names alone; measured with minilm-small."""
_HELD_SPREAD = 3.0
"""Left-out rows that the usual spread weighs as much as; the usual cosine weighs as one."""
_MOST_LEFT_OUT = 1024
"""Rows that are left out in turn: more of them cost time and tell little."""
_WIDTH = 1e-12


@dataclass(frozen=True, slots=True)
class Known:
    """How texts of these labels lie: `directions` float32 (labels, width), a unit vector each.

    `cosine` and `spread` are the mean and the standard deviation of a text's cosine with the
    direction that is nearest to it.
    """

    directions: Array
    cosine: float
    spread: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What is known of a head: its rows, and what it says of those that were left out in turn.

    `accuracy` and `log_loss` (in nats) are those of `left_out` rows, None where there were none.
    """

    examples: tuple[int, ...]
    left_out: int
    accuracy: float | None
    log_loss: float | None


@dataclass(frozen=True, slots=True)
class Head:
    """probabilities = softmax(rows · weightᵀ + bias): float32 (labels, width) and (labels,)."""

    weight: Array
    bias: Array
    known: Known
    fit: Fit


def fit_head(rows: Array, truth: Array, names: Array) -> Head:
    """The head of a label set; see `heads` for what its arrays are.

    Every head has its own temperature, and their logits are averaged by what each says of rows
    whose label has others. Without such rows all have the usual temperature and weigh the same.
    """
    candidates = _candidates(rows, truth, names)
    seen = _seen(truth, len(names))
    asked = [(head.left_out[seen], truth[seen]) for head in candidates]
    chosen = [
        temperature(scores, rows_truth, _usual(candidates[0])) for scores, rows_truth in asked
    ]
    losses = np.array(
        [
            _loss(scores / t, rows_truth)
            for (scores, rows_truth), t in zip(asked, chosen, strict=True)
        ]
    )
    loudness = np.exp(-_TEMPER * len(seen) * (losses - losses.min()))
    shares = loudness / loudness.sum() / np.array(chosen)
    return Head(
        _mix(shares, [head.weight for head in candidates]).astype(np.float32),
        _mix(shares, [head.bias for head in candidates]).astype(np.float32),
        _known(rows, truth, names, seen),
        _measured(_mix(shares, [scores for scores, _ in asked]), truth, seen, len(names)),
    )


def _seen(truth: Array, labels: int) -> Array:
    """Rows to be left out in turn: those whose label has others, evenly taken where they are many.

    They are given in the labels' order, so that all labels have their share.
    """
    counts = np.bincount(truth, minlength=labels)
    found = np.flatnonzero(counts[truth] > 1)
    found = found[np.argsort(truth[found], kind="stable")]
    return found[:: -(-len(found) // _MOST_LEFT_OUT) or 1]


def temperature(scores: Array, truth: Array, usual: float) -> float:
    """What scores (rows, labels) are divided by to be logits of the least loss, near the usual."""
    if not len(scores):
        return usual
    near = _best(scores, truth, usual, _TEMPERATURES)
    return usual * _best(scores, truth, usual, near * _FINER)


def _best(scores: Array, truth: Array, usual: float, tried: Array) -> float:
    """The one of least loss, of temperatures that are tried: in usual ones."""
    losses = [
        len(scores) * _loss(scores / (usual * each), truth) + _HELD * np.log(each) ** 2
        for each in tried.tolist()
    ]
    return float(tried[int(np.argmin(losses))])


def probabilities(head: Head, rows: Array) -> Array:
    """float64 (rows, labels) that add up to 1 a row; of 0 labels none."""
    logits = rows.astype(np.float64) @ head.weight.T.astype(np.float64) + head.bias
    return softmax(logits)


def familiarity(known: Known, rows: Array) -> Array:
    """float64 (rows,) in [0, 1]: the share of texts of these labels that lie this far off.

    A text's cosine with the nearest direction, held against the normal distribution of those of
    rows that were left out.
    """
    nearest = (rows.astype(np.float64) @ known.directions.T.astype(np.float64)).max(axis=1)
    from math import erfc, sqrt

    scaled = (known.cosine - nearest) / (max(known.spread, _WIDTH) * sqrt(2))
    return np.array([erfc(each) / 2 for each in scaled.tolist()])


def _candidates(rows: Array, truth: Array, names: Array) -> list[LinearHead]:
    """The heads of means, and those of the ridge brought to the same size."""
    found = [means(rows, truth, names, count) for count in NAME_COUNTS]
    if len(rows) < 2 or len(names) < 2:
        return found
    size = _size(found[0].weight)
    for head in ridges(rows, truth, names, STRENGTHS):
        factor = size / max(_size(head.weight), _WIDTH)
        found.append(
            LinearHead(*(part * factor for part in (head.weight, head.bias, head.left_out)))
        )
    return found


def _size(weight: Array) -> float:
    """How far the labels' weights lie from their middle, on average."""
    return float(np.linalg.norm(weight - weight.mean(axis=0), axis=1).mean())


def _usual(head: LinearHead) -> float:
    return _TEMPERATURE * max(_size(head.weight), _WIDTH)


def _mix(shares: Array, parts: Sequence[Array]) -> Array:
    whole: Array = sum(share * part for share, part in zip(shares.tolist(), parts, strict=True))
    return whole


def _loss(logits: Array, truth: Array) -> float:
    """The mean log loss in nats; 0 of no rows."""
    if not len(logits):
        return 0.0
    said = softmax(logits)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(said, _WIDTH)).mean())


def _known(rows: Array, truth: Array, names: Array, seen: Array) -> Known:
    """Where texts of these labels lie, by rows left out as far as there are some."""
    head = means(rows, truth, names, 1.0)
    cosines = head.left_out[seen].max(axis=1) if len(seen) else np.full(1, _COSINE)
    count = len(seen)
    cosine = (count * cosines.mean() + _COSINE) / (count + 1)
    variance = (count * cosines.var() + _HELD_SPREAD * _SPREAD**2) / (count + _HELD_SPREAD)
    return Known(head.weight.astype(np.float32), float(cosine), float(np.sqrt(variance)))


def _measured(logits: Array, truth: Array, seen: Array, labels: int) -> Fit:
    examples = tuple(np.bincount(truth, minlength=labels).tolist())
    if not len(seen):
        return Fit(examples, 0, None, None)
    right = float((logits.argmax(axis=1) == truth[seen]).mean())
    return Fit(examples, len(seen), right, _loss(logits, truth[seen]))
