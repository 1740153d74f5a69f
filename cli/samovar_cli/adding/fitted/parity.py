"""A graph's answers beside scikit-learn's, row by row. Runs in the child process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samovar_cli.adding.fitted.features import is_text
from samovar_cli.adding.fitted.sample import Rows

SCORES = 1e-3  # by which a probability may differ
VALUES = 1e-4  # of a value's own size, or of the spread of all
_MOST_SHOWN = 5
Answers = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What scikit-learn answers: classes or values, and scores where it has some."""

    first: NDArray[Any]
    scores: NDArray[Any] | None = None
    margins: NDArray[Any] | None = None  # (rows,): how far the best class is ahead, of no scores
    classes: Mapping[str, str] = field(default_factory=dict)  # as a graph names them → as people do

    def tied(self) -> NDArray[np.bool_]:
        """(rows,): whether the best two classes are as likely, so that either will do."""
        if self.scores is not None and self.scores.shape[1] > 1:
            best = np.sort(self.scores, axis=1)[:, -2:]
            return np.asarray(best[:, 1] - best[:, 0] <= 2 * SCORES)
        if self.margins is not None:
            return np.asarray(self.margins <= VALUES)
        return np.zeros(len(self.first), np.bool_)

    def answer(self, row: int) -> dict[str, Any]:
        """A row's answer as samovar would give it; empty for what is neither class nor number."""
        if self.classes and self.first.ndim == 1:
            found = {"label": self.classes[code(self.first[row])]}
            return (
                found if self.scores is None else found | {"score": float(self.scores[row].max())}
            )
        if self.first.dtype.kind == "f" and self.first.reshape(len(self.first), -1).shape[1] == 1:
            return {"value": float(self.first[row].item())}
        return {}


@dataclass(frozen=True, slots=True)
class Parity:
    """How many rows are answered alike, and how far the others are off."""

    rows: int
    differing: int
    largest: float  # difference of a score, or of a value in its own unit
    ties: int = 0  # rows whose best classes score alike, of which the other one was named
    shown: tuple[Mapping[str, Any], ...] = field(default=())
    answers: int = 0  # that differ from each other: of a classifier, its classes seen


def expected(estimator: Any, rows: Rows) -> Expected:
    """What the estimator answers to the rows. Raises what it raises."""
    asked = list(rows.columns[0]) if is_text(estimator) else rows.frame()
    if not hasattr(estimator, "predict"):
        found = estimator.transform(asked)
        return Expected(np.asarray(found.toarray() if hasattr(found, "toarray") else found))
    first = np.asarray(estimator.predict(asked))
    classes = getattr(estimator, "classes_", None)
    if not isinstance(classes, np.ndarray):
        return Expected(first)
    scores = estimator.predict_proba(asked) if hasattr(estimator, "predict_proba") else None
    names = {
        code(one): str(one) if isinstance(one, bool) else code(one) for one in classes.tolist()
    }
    return Expected(first, scores, _margins(estimator, asked) if scores is None else None, names)


def _margins(estimator: Any, asked: Any) -> NDArray[Any] | None:
    """By how much a row's best class is ahead by the decision function, in its own spread."""
    if not hasattr(estimator, "decision_function"):
        return None
    found = np.asarray(estimator.decision_function(asked), np.float64)
    ahead = np.abs(found) if found.ndim == 1 else np.diff(np.sort(found, axis=1)[:, -2:])[:, 0]
    return np.asarray(ahead / (float(found.std()) or 1.0))


def code(found: Any) -> str:
    """A class as a graph names it: whole numbers without a fraction, true as 1."""
    value = found.item() if isinstance(found, np.generic) else found
    if isinstance(value, bool | float) and value == int(value):
        return str(int(value))
    return str(value)


def compare(wanted: Expected, outputs: Answers, rows: Rows) -> Parity:
    """Each row of a graph's outputs beside what was wanted."""
    found = list(outputs.values())
    if wanted.classes:
        return _classes(wanted, found, rows)
    first, got = wanted.first, np.asarray(found[0])
    first = first.astype(np.int64) if first.dtype.kind == "b" else first
    if first.dtype.kind != "f":
        one, other = (side.reshape(len(rows), -1).astype(str) for side in (first, got))
        same = (one == other).all(axis=1) if one.shape == other.shape else np.zeros(len(rows), bool)
        return _parity(wanted, ~same, 0.0, got, rows)
    first, got = (np.asarray(one, np.float64).reshape(len(rows), -1) for one in (first, got))
    if first.shape != got.shape:
        return _parity(wanted, np.ones(len(rows), bool), np.inf, got, rows)
    off = np.where(np.isnan(first) & np.isnan(got), 0.0, np.abs(first - got))
    off = np.where(np.isnan(off), np.inf, off)
    spread = np.nan_to_num(np.nanstd(first, axis=0))
    allowed = VALUES * np.maximum(np.abs(np.nan_to_num(first)), spread) + 1e-9
    largest = float(off[np.isfinite(off)].max(initial=0.0))
    apart: NDArray[np.bool_] = np.asarray((off > allowed).any(axis=1))
    return _parity(wanted, apart, largest, got, rows)


def _classes(wanted: Expected, found: list[NDArray[Any]], rows: Rows) -> Parity:
    """Classes must be the same and scores near; where the best two score alike, either will do."""
    named = np.array([code(one) for one in np.asarray(found[0]).ravel().tolist()], object)
    wrong = named != np.array([code(one) for one in wanted.first.tolist()], object)
    if wanted.scores is None or len(found) < 2 or found[1].shape != wanted.scores.shape:
        near = wanted.tied()
        return _parity(wanted, wrong & ~near, 0.0, named, rows, ties=int((wrong & near).sum()))
    off = np.abs(found[1].astype(np.float64) - wanted.scores).max(axis=1)
    tied = wrong & (off <= SCORES) & wanted.tied()
    apart = (wrong & ~tied) | ~(off <= SCORES)
    return _parity(wanted, apart, float(off.max()), named, rows, ties=int(tied.sum()))


def _parity(
    wanted: Expected,
    apart: NDArray[np.bool_],
    largest: float,
    got: NDArray[Any],
    rows: Rows,
    ties: int = 0,
) -> Parity:
    shown = tuple(
        {
            "row": int(at) + 1,
            "line": rows.lines[at] if rows.lines else 0,
            "expected": np.asarray(wanted.first[at]).ravel()[:4].tolist(),
            "found": np.asarray(got[at]).ravel()[:4].tolist(),
        }
        for at in np.flatnonzero(apart)[:_MOST_SHOWN]
    )
    kinds = len(set(map(str, wanted.first.ravel().tolist()))) if wanted.classes else 0
    return Parity(len(rows), int(apart.sum()), largest, ties, shown, kinds)
