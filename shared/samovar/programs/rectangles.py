"""Rotated rectangles: the smallest one around points, its growth, its corners in order."""

from typing import NamedTuple

import numpy as np

from samovar.types import Array


class Rectangle(NamedTuple):
    """Corners float64 (4, 2) of x, y, going round; the lengths of its sides, shorter first."""

    corners: Array
    short: float
    long: float


def convex_chain(points: Array, *, side: int) -> Array:
    """The points (n, 2) of a chain ordered by y that its convex hull keeps on one side.

    `side` is +1 where the hull lies to the right of the chain (a left outline), −1 where
    it lies to the left. Every pass drops all points that lie inside the corner of their
    neighbours, until none does.
    """
    while len(points) > 2:
        before, after = points[1:-1] - points[:-2], points[2:] - points[1:-1]
        turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        keep = np.concatenate([[True], turn * side < 0, [True]])
        if keep.all():
            break
        points = points[keep]
    return points


def hull(left: Array, right: Array) -> Array:
    """The convex hull of a shape given by the ends of its rows: float64 (n, 2), going round."""
    chain = [convex_chain(left, side=1), convex_chain(right, side=-1)[::-1]]
    corners = np.concatenate(chain).astype(np.float64)
    distinct = (corners != np.roll(corners, 1, axis=0)).any(axis=1)
    return corners[distinct] if distinct.any() else corners[:1]


def smallest_rectangle(corners: Array) -> Rectangle:
    """The rectangle of least area around a convex polygon (n, 2), n ≥ 1.

    One of its sides lies on a side of the polygon, so every side is tried, all at once.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(edges[:, 0], edges[:, 1])
    if not length.any():
        return Rectangle(np.repeat(corners[:1], 4, axis=0), 0.0, 0.0)
    along = edges[length > 0] / length[length > 0, None]
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    u, v = along @ corners.T, across @ corners.T
    best = int(np.argmin(np.ptp(u, axis=1) * np.ptp(v, axis=1)))
    return _rectangle(along[best], across[best], (u[best].min(), u[best].max()), v[best])


def _rectangle(along: Array, across: Array, span: tuple[float, float], v: Array) -> Rectangle:
    (low, high), near, far = span, v.min(), v.max()
    frame = np.array([[low, near], [high, near], [high, far], [low, far]])
    short, long = sorted((float(high - low), float(far - near)))
    return Rectangle(frame @ np.stack([along, across]), short, long)


def grow(rectangle: Rectangle, ratio: float) -> Rectangle:
    """The rectangle with each side moved out by area × ratio ÷ perimeter.

    The distance by which DB's shrunken text regions are unclipped (Liao et al. 2020, §3.5).
    """
    corners, short, long = rectangle
    if short <= 0:
        return rectangle
    distance = short * long * ratio / (2 * (short + long))
    out = corners - np.roll(corners, -1, axis=0)
    out /= np.hypot(out[:, 0], out[:, 1])[:, None]
    moved = corners + distance * (out - np.roll(out, 1, axis=0))
    return Rectangle(moved, short + 2 * distance, long + 2 * distance)


def clockwise(corners: Array) -> Array:
    """The same four corners (4, 2) as seen: top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.stack([left[0], right[0], right[1], left[1]])


def row_spans(corners: Array, rows: Array) -> tuple[Array, Array]:
    """First and last pixel, int64 (rows,), of a rectangle on each row that it reaches.

    `corners` (4, 2) go round; pixels on an edge are inside. Where a row meets no pixel, the
    first comes after the last.
    """
    after = np.roll(corners, -1, axis=0)
    x, y, rise = corners[:, :1], corners[:, 1:], (after - corners)[:, 1:]
    level = rise == 0
    share = (rows - y) / np.where(level, 1, rise)
    meets = np.where(level, rows == y, (share >= 0) & (share <= 1))
    at = x + np.where(level, 0, share) * (after - corners)[:, :1]
    first = np.where(meets, at, x.max() + 1).min(axis=0)
    last = np.where(meets, at, x.min() - 1).max(axis=0)
    return np.ceil(first - 1e-9).astype(int), np.floor(last + 1e-9).astype(int)
