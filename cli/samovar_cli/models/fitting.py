"""The line through measured runs: what they share, what each request adds, what each KB. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from samovar.profile import Profile

_EACH, _SHARED, _KB = 1, 0, 2
_BETTER = 0.02
"""A line of one part more has to miss by so much less: noise is always fitted a little better."""
_MIDDLE = (0.1, 0.9)
_MIDDLE_WIDTH = 2.563  # standard deviations between these quantiles, of a normal distribution


@dataclass(frozen=True, slots=True)
class Point:
    """A run of so many requests at once, and how long it took on one thread."""

    requests: int
    kb: float  # of all their bodies
    ms: float
    name: str = ""  # of the request
    extent: str = ""  # how large it is, in words
    wall_ms: float = 0.0  # with what it waited for a CPU that others had
    faster: tuple[tuple[int, float], ...] = ()  # threads → so many times


def fit(points: Sequence[Point]) -> Profile:
    """The line that misses the points by the least share, with no part below zero.

    The best of all lines through some of the parts, by least squares of the relative error: a
    part that would come out negative is none. Points of one batch size, or of one size a
    request, cannot tell its parts apart: then the fewer parts have it. No line is of KB alone:
    the smallest request takes time too.
    """
    columns, wanted = _matrix(points)
    found = _best(columns, wanted)
    shared, each, kb = (float(part) for part in found)
    return Profile(shared + each, kb, shared, error=_miss(columns, wanted, found))


def foretold_error(points: Sequence[Point]) -> float | None:
    """By which share lines miss a size that they were not fitted to, on average.

    Each size is left out in its turn; None where there is but one.
    """
    names = list(dict.fromkeys(point.name for point in points))
    if len(names) < 2:
        return None
    missed = []
    for name in names:
        columns, wanted = _matrix([point for point in points if point.name != name])
        others = _matrix([point for point in points if point.name == name])
        missed.append(_miss(*others, _best(columns, wanted)))
    return float(np.mean(missed))


def variation(times: Sequence[Sequence[float]]) -> float:
    """The coefficient of variation of runs around the median of their own kind, without units.

    By the width of their middle four fifths, as a normal distribution has it: of a thousand
    runs, the one in which the system did something else says nothing of the others.
    """
    fewest = min(map(len, times), default=0)
    if fewest < 2:
        return 0.0
    apart = np.concatenate([np.asarray(kind) / np.median(kind) - 1 for kind in times])
    low, high = np.quantile(apart, _MIDDLE)
    lost = fewest / (fewest - 1)  # each kind's median was taken from its own runs
    return float((high - low) / _MIDDLE_WIDTH * lost**0.5)


def _matrix(points: Sequence[Point]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = np.array([[1.0, point.requests, point.kb] for point in points])
    return columns, np.array([point.ms for point in points])


def _best(columns: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    return min(
        (_through(columns, wanted, parts) for size in (1, 2, 3) for parts in _parts(size)),
        key=lambda line: _miss(columns, wanted, line) + _BETTER * np.count_nonzero(line),
    )


def _parts(size: int) -> Sequence[tuple[int, ...]]:
    return [parts for parts in combinations((_EACH, _SHARED, _KB), size) if parts != (_KB,)]


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
