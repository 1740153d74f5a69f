"""Connected regions of a mask, found on its runs, with no Python per pixel.

A run is a horizontal stretch of set pixels. Runs of neighbouring rows that touch (8
neighbours) are joined by hooking every root to its lowest neighbour and flattening,
which takes about log₂(runs) rounds whatever the shapes are.
"""

import numpy as np

from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of a mask in reading order, each int64 (runs,): pixels start ≤ x < stop of row y."""

    y: Array
    start: Array
    stop: Array

    def select(self, index: Array) -> "Runs":
        """Some of the runs: by mask, by positions or by slice."""
        return Runs(self.y[index], self.start[index], self.stop[index])


def find_runs(mask: Array) -> Runs:
    """The runs of a bool mask (height, width)."""
    height, width = mask.shape
    edged = np.zeros((height, width + 2), np.int8)
    edged[:, 1:-1] = mask
    change = np.diff(edged, axis=1)
    y, start = np.nonzero(change == 1)
    return Runs(y, start, np.nonzero(change == -1)[1])


def regions(mask: Array, most: int) -> list[Runs]:
    """The `most` largest 8-connected regions of a bool mask (height, width), largest first."""
    runs = find_runs(mask)
    if not runs.y.size:
        return []
    label = _join(runs, mask.shape[1])
    order = np.argsort(label, kind="stable")
    bounds = np.nonzero(np.diff(label[order]))[0] + 1
    groups = np.split(order, bounds)
    pixels = np.add.reduceat((runs.stop - runs.start)[order], np.append(0, bounds))
    largest = np.argsort(-pixels, kind="stable")[:most]
    return [runs.select(groups[index]) for index in largest]


def outline(region: Runs) -> tuple[Array, Array]:
    """Left and right ends of a region's rows, each int64 (rows, 2) of x, y, downwards.

    All that a convex hull of the region's pixels can touch.
    """
    rows, first = np.unique(region.y, return_index=True)
    left = np.minimum.reduceat(region.start, first)
    right = np.maximum.reduceat(region.stop - 1, first)
    return np.stack([left, rows], 1), np.stack([right, rows], 1)


def _join(runs: Runs, width: int) -> Array:
    """For each run, the lowest run of its region."""
    above, below = _touching(runs, width)
    parent = np.arange(runs.y.size)
    while above.size:
        a, b = parent[above], parent[below]
        apart = a != b
        above, below = above[apart], below[apart]
        np.minimum.at(parent, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        parent = _flatten(parent)
    return parent


def _flatten(parent: Array) -> Array:
    while (parent != (up := parent[parent])).any():
        parent = up
    return parent


def _touching(runs: Runs, width: int) -> tuple[Array, Array]:
    """Pairs of runs, one on the row above the other, that share a side or a corner."""
    row = width + 2  # so that no run of one row reaches the keys of the next
    starts, stops = runs.y * row + runs.start, runs.y * row + runs.stop
    first = np.searchsorted(stops, starts - row, side="left")
    last = np.searchsorted(starts, stops - row, side="right")
    count = np.maximum(last - first, 0)
    below = np.repeat(np.arange(count.size), count)
    within = np.arange(below.size) - np.repeat(np.cumsum(count) - count, count)
    return first[below] + within, below
