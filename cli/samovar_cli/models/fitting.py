"""The line through measured runs: what they share, what each request adds, what each KB. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from samovar.profile import Profile


@dataclass(frozen=True, slots=True)
class Point:
    """A run of so many requests at once, and how long it took."""

    requests: int
    kb: float  # of all their bodies
    ms: float


def fit(points: Sequence[Point], memory_mb: float = 0.0) -> Profile:
    """The line that misses the points by the least share, with no part below zero.

    The best of all lines through some of the parts, by least squares of the relative error: a
    part that would come out negative is none. Points of one batch size, or of one size a
    request, cannot tell its parts apart: then the fewer parts have it.
    """
    columns = np.array([[1.0, p.requests, p.kb] for p in points])
    wanted = np.array([p.ms for p in points])
    found = min(
        (_through(columns, wanted, parts) for size in (1, 2, 3) for parts in _parts(size)),
        key=lambda line: _miss(columns, wanted, line) + _BETTER * np.count_nonzero(line),
    )
    shared, each, kb = (float(part) for part in found)
    error = _miss(columns, wanted, found)
    return Profile(shared + each, kb, shared, memory_mb, error)


_EACH, _SHARED, _KB = 1, 0, 2
_BETTER = 0.02
"""A line of one part more has to miss by so much less: noise is always fitted a little better."""


def _parts(size: int) -> Sequence[tuple[int, ...]]:
    return list(combinations((_EACH, _SHARED, _KB), size))


def _through(
    columns: NDArray[np.float64], wanted: NDArray[np.float64], parts: tuple[int, ...]
) -> NDArray[np.float64]:
    """The least squares of the relative error over some parts; all zeros where one is negative."""
    line = np.zeros(columns.shape[1])
    chosen = columns[:, parts] / wanted[:, None]
    if np.linalg.matrix_rank(chosen) < len(parts):
        return line
    solved = np.linalg.lstsq(chosen, np.ones(len(wanted)), rcond=None)[0]
    if (solved >= 0).all():
        line[list(parts)] = solved
    return line


def _miss(
    columns: NDArray[np.float64], wanted: NDArray[np.float64], line: NDArray[np.float64]
) -> float:
    """The mean share by which a line misses the points."""
    return float(np.mean(np.abs(columns @ line / wanted - 1)))
