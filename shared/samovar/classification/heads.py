"""Linear heads over unit vectors, in closed form, each with what it says of rows left out.

`rows` are float32 (rows, width) of length 1, `truth` int (rows,) their labels as indexes, and
`names` float32 (labels, width) what the labels' own names and descriptions point at. A row that
is left out is left out of the head, not of what was chosen beside it: the ridge and its weights.

Sources: prototypical networks (Snell, Swersky and Zemel 2017) for the means; ridge regression on
one-hot targets with the leave-one-out residuals of its hat matrix (Golub, Heath and Wahba 1979).
"""

from collections.abc import Sequence

import numpy as np

from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class LinearHead:
    """scores = rows · weightᵀ + bias: float64 (labels, width) and (labels,).

    `left_out` is float64 (rows, labels): the scores of each row by the head without that row.
    """

    weight: Array
    bias: Array
    left_out: Array


def means(rows: Array, truth: Array, names: Array, names_count: float) -> LinearHead:
    """Each label's mean direction, to which its name counts as so many examples.

    Scores are cosines. A label without anything to go by has a weight of zeros.
    """
    sums = names_count * names.astype(np.float64)
    np.add.at(sums, truth, rows)
    weight = _unit(sums)
    left_out = rows @ weight.T
    own = _unit(sums[truth] - rows)
    left_out[np.arange(len(rows)), truth] = np.einsum("ij,ij->i", rows, own)
    return LinearHead(weight, np.zeros(len(names)), left_out)


def ridges(rows: Array, truth: Array, names: Array, strengths: Sequence[float]) -> list[LinearHead]:
    """Ridge regressions on the labels, one of each strength; all labels weigh the same.

    A label's name is one more row, which is never left out.
    """
    labels = len(names)
    named = np.flatnonzero(names.any(axis=1))
    every = np.concatenate([rows, names[named]]).astype(np.float64)
    targets = np.eye(labels)[np.concatenate([truth, named])]
    weights = _balanced(targets)
    share = weights / weights.sum()
    middle, level = share @ every, share @ targets
    scale = np.sqrt(weights)[:, None]
    solved = _solve((every - middle) * scale, (targets - level) * scale, strengths)
    heads = []
    for weight, fitted, leverage in solved:
        missed = (targets - level) * scale - fitted
        missed /= np.maximum(1 - leverage - share, 1e-6)[:, None]
        left_out = (targets - missed / scale)[: len(rows)]
        heads.append(LinearHead(weight, level - weight @ middle, left_out))
    return heads


def _balanced(targets: Array) -> Array:
    """A weight a row, 1 on average, with which every label that has rows weighs the same."""
    counts = targets.sum(axis=0)
    present = counts > 0
    each = len(targets) / (present.sum() * np.maximum(counts, 1))
    weights: Array = targets @ each
    return weights


def _solve(
    rows: Array, targets: Array, strengths: Sequence[float]
) -> list[tuple[Array, Array, Array]]:
    """(labels, width) weights, (rows, labels) fits and (rows,) leverages, of each strength.

    By the eigenvectors of the smaller of the two Gram matrices: few rows cost little however
    wide they are, and many cost no more than their width.
    """
    if len(rows) <= rows.shape[1]:
        values, vectors = np.linalg.eigh(rows @ rows.T)
        parts, of_rows = vectors.T @ targets, vectors
    else:
        values, vectors = np.linalg.eigh(rows.T @ rows)
        parts, of_rows = vectors.T @ (rows.T @ targets), rows @ vectors
    found = []
    for strength in strengths:
        shrunk = 1 / (np.maximum(values, 0) + strength)
        if len(rows) <= rows.shape[1]:
            kept = np.maximum(values, 0) * shrunk
            weight = (rows.T @ (vectors @ (shrunk[:, None] * parts))).T
        else:
            kept = shrunk
            weight = (vectors @ (shrunk[:, None] * parts)).T
        found.append((weight, of_rows @ (kept[:, None] * parts), of_rows**2 @ kept))
    return found


def _unit(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    made: Array = rows / np.maximum(length, 1e-12)
    return made
