"""The smallest rectangle around a shape is as small as any that a search finds, and holds it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.rectangles import clockwise, grow, hull, row_spans, smallest_rectangle

ROWS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25)
"""Two ends of each row of a shape, from the top."""


def ends(rows):
    """The left and the right ends of a shape's rows, as `outline` gives them."""
    spans = [sorted(row) for row in rows]
    return tuple(np.array([[span[end], y] for y, span in enumerate(spans)]) for end in (0, 1))


def hull_one_by_one(points):
    """Andrew's monotone chain, corners only."""
    points = sorted(set(map(tuple, points.tolist())))
    if len(points) < 3:
        return set(points)
    chains = []
    for ordered in (points, points[::-1]):
        chain = []
        for point in ordered:
            while len(chain) > 1 and turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains += chain[:-1]
    return set(chains)


def turn(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def least_area_by_search(points):
    """The area of the best of 3,600 rectangles, a fortieth of a degree apart."""
    angles = np.arange(3600) * np.pi / 7200
    u = points @ np.stack([np.cos(angles), np.sin(angles)])
    v = points @ np.stack([-np.sin(angles), np.cos(angles)])
    return float((np.ptp(u, axis=0) * np.ptp(v, axis=0)).min())


@given(ROWS)
def test_the_hull_has_the_corners_that_a_monotone_chain_finds(rows):
    left, right = ends(rows)
    found = {tuple(corner) for corner in hull(left, right).tolist()}
    expected = hull_one_by_one(np.concatenate([left, right]))
    assert expected <= found
    # Where the top or bottom row is the shape's flat end, its inner end may stand too.
    assert all(corner in map(tuple, np.concatenate([left, right]).tolist()) for corner in found)


@given(ROWS)
def test_no_rectangle_that_a_search_finds_is_smaller(rows):
    left, right = ends(rows)
    rectangle = smallest_rectangle(hull(left, right))
    searched = least_area_by_search(np.concatenate([left, right]).astype(float))
    assert rectangle.short * rectangle.long <= searched + 1e-6


@given(ROWS)
def test_the_rectangle_holds_every_point_and_has_the_sides_it_says(rows):
    left, right = ends(rows)
    corners, short, long = smallest_rectangle(hull(left, right))
    edges = np.roll(corners, -1, axis=0) - corners
    assert sorted(np.hypot(*edges.T)) == pytest.approx(sorted([short, short, long, long]))
    for point in np.concatenate([left, right]):
        turns = edges[:, 0] * (point[1] - corners[:, 1]) - edges[:, 1] * (point[0] - corners[:, 0])
        assert (turns >= -1e-6).all() or (turns <= 1e-6).all()


@pytest.mark.parametrize(
    ("points", "short", "long"),
    [
        ([[3, 4]], 0, 0),
        ([[0, 0], [6, 8]], 0, 10),
        ([[0, 0], [4, 0], [4, 2], [0, 2]], 2, 4),
        ([[2, 0], [4, 2], [2, 4], [0, 2]], 8**0.5, 8**0.5),
    ],
)
def test_a_point_a_line_a_box_and_a_diamond_have_the_sides_of_geometry(points, short, long):
    rectangle = smallest_rectangle(np.array(points, float))
    assert (rectangle.short, rectangle.long) == pytest.approx((short, long))


@given(st.floats(1, 50), st.floats(1, 50), st.floats(0, 3.1), st.floats(0, 3))
def test_a_rectangle_grows_by_area_times_ratio_over_perimeter_on_every_side(a, b, angle, ratio):
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    box = np.array([0 * along, a * along, a * along + b * across, b * across]) + 7
    before = smallest_rectangle(box)
    after = grow(before, ratio)
    distance = a * b * ratio / (2 * (a + b))
    edges = np.hypot(*(np.roll(after.corners, -1, axis=0) - after.corners).T)
    assert (after.short, after.long) == pytest.approx(
        (before.short + 2 * distance, before.long + 2 * distance)
    )
    assert sorted(edges)[::2] == pytest.approx([after.short, after.long])
    assert after.corners.mean(axis=0) == pytest.approx(before.corners.mean(axis=0))


def test_a_rectangle_without_area_stays_as_it_is():
    line = smallest_rectangle(np.array([[0.0, 0.0], [5.0, 0.0]]))
    assert grow(line, 1.6) is line


@given(st.permutations([(1, 1), (9, 2), (8, 6), (0, 5)]))
def test_corners_go_clockwise_from_the_top_left_in_whatever_order_they_come(corners):
    assert clockwise(np.array(corners)).tolist() == [[1, 1], [9, 2], [8, 6], [0, 5]]


@given(
    st.lists(st.tuples(st.integers(-5, 20), st.integers(-5, 20)), min_size=4, max_size=4),
    st.sampled_from([1, -1]),
)
def test_the_spans_of_a_rectangle_are_the_pixels_within_its_edges(points, order):
    box = smallest_rectangle(np.array(sorted(points), float)).corners[::order]
    rows = np.arange(-8, 24)
    first, last = row_spans(box, rows)
    edges = np.roll(box, -1, axis=0) - box
    for y, start, stop in zip(rows, first, last, strict=True):
        x = np.arange(-40, 60)
        turns = edges[:, :1] * (y - box[:, 1:]) - edges[:, 1:] * (x - box[:, :1])
        clear = (turns > 1e-6).all(axis=0) | (turns < -1e-6).all(axis=0)
        near = (turns > -1e-6).all(axis=0) | (turns < 1e-6).all(axis=0)
        spanned = (x >= start) & (x <= stop)
        assert (spanned | ~clear).all()
        assert (near | ~spanned).all()


@pytest.mark.parametrize("order", [1, -1])
def test_pixels_on_the_edge_of_a_rectangle_are_inside_it(order):
    box = np.array([[1, 1], [3, 1], [3, 2], [1, 2]])[::order]
    first, last = row_spans(box, np.arange(4))
    assert (first[1:3].tolist(), last[1:3].tolist()) == ([1, 1], [3, 3])
    assert (first > last).tolist() == [True, False, False, True]
