"""task-priority's head: a logistic regression, its strength and temperature cross-validated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

Array = NDArray[Any]

FOLDS = 4
STRENGTHS = (0.001, 0.003, 0.01)
TEMPERATURES = np.geomspace(0.5, 3.0, 61)
BINS = 10


@dataclass(frozen=True, slots=True)
class Head:
    """logits = features · weight + bias: float32 (features, labels) and (labels,)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class Choice:
    """What cross-validation chose, and the accuracy it measured on templates left out."""

    strength: float
    temperature: float
    accuracy: float


def fit_head(features: Array, truth: Array, groups: Sequence[str]) -> tuple[Head, Choice]:
    """The head of least log loss on rows whose template was left out, calibrated on the same.

    `features` is (rows, features), `truth` int (rows,), and rows of a template share a group.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - mean) / spread
    left_out = {c: _left_out_logits(scaled, truth, groups, c) for c in STRENGTHS}
    losses = {c: _loss(truth, logits, 1.0) for c, logits in left_out.items()}
    strength = min(losses, key=losses.__getitem__)
    logits = left_out[strength]
    temperature = min(TEMPERATURES, key=lambda each: _loss(truth, logits, each))
    fitted = _fit(scaled, truth, strength)
    weight = fitted.coef_.T / spread[:, None] / temperature
    bias = fitted.intercept_ / temperature - mean @ weight
    accuracy = float((logits.argmax(axis=1) == truth).mean())
    head = Head(weight.astype(np.float32), bias.astype(np.float32))
    return head, Choice(strength, round(float(temperature), 4), round(accuracy, 4))


def measure(truth: Array, probabilities: Array, labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy, confusion (a row for each true label), precision and recall in the labels' order.

    `calibration_error` is the mean distance of the score from the share of rows that are right,
    over ten bins of score, weighted by their rows.
    """
    found = probabilities.argmax(axis=1)
    confusion = confusion_matrix(truth, found, labels=range(len(labels)))
    right = np.diag(confusion)
    return {
        "accuracy": round(float(right.sum() / len(truth)), 4),
        "rows": len(truth),
        "labels": list(labels),
        "confusion": confusion.tolist(),
        "precision": _rounded(right / np.maximum(confusion.sum(axis=0), 1)),
        "recall": _rounded(right / np.maximum(confusion.sum(axis=1), 1)),
        "log_loss": round(float(log_loss(truth, probabilities)), 4),
        "calibration_error": _calibration_error(probabilities.max(axis=1), found == truth),
    }


def softmax(logits: Array) -> Array:
    """Probabilities of each row: float64, of the logits' shape."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probabilities: Array = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def _left_out_logits(scaled: Array, truth: Array, groups: Sequence[str], c: float) -> Array:
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    numbers = np.unique(np.array(groups), return_inverse=True)[1]
    logits = np.zeros((len(truth), int(truth.max()) + 1))
    for inside, outside in folds.split(scaled, truth, numbers):
        fitted = _fit(scaled[inside], truth[inside], c)
        logits[outside] = fitted.decision_function(scaled[outside])
    return logits


def _fit(scaled: Array, truth: Array, c: float) -> LogisticRegression:
    # One thread: the same bytes on any number of cores, and several times as fast here.
    with threadpool_limits(limits=1):
        return LogisticRegression(C=c, tol=1e-3, max_iter=1000).fit(scaled, truth)


def _loss(truth: Array, logits: Array, temperature: float) -> float:
    return float(log_loss(truth, softmax(logits / temperature)))


def _calibration_error(scores: Array, right: Array) -> float:
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = [
        abs(scores[bins == each].mean() - right[bins == each].mean()) * (bins == each).mean()
        for each in np.unique(bins)
    ]
    return round(float(sum(gaps)), 4)


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 4) for value in values]
