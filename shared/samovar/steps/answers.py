"""Scores → what a person reads: one class, or every label that holds."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

from samovar.errors import ManifestInvalid
from samovar.steps.labels import Labels, check_labels, label_files, read_labels
from samovar.steps.params import ParamError
from samovar.steps.scores import sigmoid, softmax
from samovar.steps.selection import matrix, pick
from samovar.types import Array, Kind, ReadAsset, Tensors
from samovar.values import dataclass

Answer = dict[str, Any]
Scores = Literal["logits", "probabilities"]


@dataclass(frozen=True, slots=True)
class Classify:
    """One class a row: `{"label", "score", "probabilities": [{"label", "score"}, …]}`.

    `tensor` is (rows, classes) of logits (softmax is applied here) or of probabilities; one
    logit for two labels is that of the second (sigmoid). `probabilities` is best first,
    `top_k` of them (0: all); equal scores keep the order of the labels. A best score under
    `threshold` gives the label `other`, or null without it. A row with NaN has label and
    score null and no probabilities.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    labels: Labels
    tensor: str = ""
    scores: Scores = "logits"
    top_k: int = 0
    threshold: float = 0.0
    other: str | None = None

    def __post_init__(self) -> None:
        check_labels(self.labels)
        if self.top_k < 0:
            raise ParamError("top_k", f"must be 0 (all) or more, not {self.top_k}")
        check_threshold(self.threshold)

    def assets(self) -> tuple[str, ...]:
        """The file of labels, if they are in one."""
        return label_files(self.labels)

    def bind(self, read: ReadAsset) -> Callable[[Tensors], list[Answer]]:
        """The function over tensors."""
        labels = read_labels(self.labels, read)

        def classify(tensors: Tensors) -> list[Answer]:
            found = matrix(pick(tensors, self.tensor, "classify"), "classify")
            probabilities = _probabilities(found, len(labels), self.scores)
            check_columns(probabilities, len(labels), "classify")
            return [self._answer(row, labels) for row in ranked(probabilities, self.top_k)]

        return classify

    def _answer(self, row: list[tuple[int, float]], labels: tuple[str, ...]) -> Answer:
        if not row:
            return {"label": None, "score": None, "probabilities": []}
        best, score = row[0]
        return {
            "label": labels[best] if score >= self.threshold else self.other,
            "score": score,
            "probabilities": [{"label": labels[index], "score": p} for index, p in row],
        }


@dataclass(frozen=True, slots=True)
class MultiLabel:
    """Every label that holds: `{"labels": […], "probabilities": [{"label", "score"}, …]}`.

    `tensor` is (rows, labels) of logits (sigmoid is applied here) or of probabilities.
    `labels` are those of a score of `threshold` or more; both lists are best first.
    A row with NaN has no labels and no probabilities.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    labels: Labels
    tensor: str = ""
    scores: Scores = "logits"
    threshold: float = 0.5
    top_k: int = 0

    def __post_init__(self) -> None:
        check_labels(self.labels)
        if self.top_k < 0:
            raise ParamError("top_k", f"must be 0 (all) or more, not {self.top_k}")
        check_threshold(self.threshold)

    def assets(self) -> tuple[str, ...]:
        """The file of labels, if they are in one."""
        return label_files(self.labels)

    def bind(self, read: ReadAsset) -> Callable[[Tensors], list[Answer]]:
        """The function over tensors."""
        labels = read_labels(self.labels, read)

        def multilabel(tensors: Tensors) -> list[Answer]:
            found = matrix(pick(tensors, self.tensor, "multilabel"), "multilabel")
            check_columns(found, len(labels), "multilabel")
            scores = sigmoid(found) if self.scores == "logits" else found
            return [
                {
                    "labels": [labels[index] for index, p in row if p >= self.threshold],
                    "probabilities": [{"label": labels[index], "score": p} for index, p in row],
                }
                for row in ranked(scores, self.top_k)
            ]

        return multilabel


def check_threshold(threshold: float, key: str = "threshold") -> None:
    """Raises ParamError unless a threshold is a probability."""
    if not 0 <= threshold <= 1:
        raise ParamError(key, f"must lie in [0, 1], not {threshold}")


def check_columns(found: Array, expected: int, step: str) -> None:
    """Raises ManifestInvalid where a tensor has not a column for each label."""
    if found.shape[1] != expected:
        raise ManifestInvalid(
            [f"step '{step}' expects {expected} column(s), but the model gives {found.shape[1]}"]
        )


def ranked(scores: Array, top_k: int = 0) -> list[list[tuple[int, float]]]:
    """(index, score) of each row's `top_k` best (0: all), best first; a row with NaN is empty.

    Equal scores keep the order of their indexes.
    """
    count = min(top_k or scores.shape[1], scores.shape[1])
    order = np.argsort(-scores.astype(np.float64), axis=1, kind="stable")[:, :count]
    best = np.take_along_axis(scores, order, axis=1)
    broken: Any = np.isnan(scores).any(axis=1)
    return [
        [] if bad else list(zip(indexes, values, strict=True))
        for indexes, values, bad in zip(order.tolist(), best.tolist(), broken.tolist(), strict=True)
    ]


def _probabilities(found: Array, labels: int, scores: Scores) -> Array:
    if found.shape[1] == 1 and labels == 2:
        second = sigmoid(found) if scores == "logits" else found
        return np.concatenate([1 - second, second], axis=1)
    return softmax(found) if scores == "logits" else found
