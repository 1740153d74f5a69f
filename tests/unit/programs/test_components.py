"""Regions found on runs are those that a flood fill finds pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.programs.components import find_runs, outline, regions

MASKS = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14))
EVERY = 10_000


def pixels(region):
    """A region's pixels as a set of (x, y)."""
    rows = zip(region.y, region.start, region.stop, strict=True)
    return {(x, int(y)) for y, start, stop in rows for x in range(start, stop)}


def flood_filled(mask):
    """The 8-connected regions of a mask, each a set of (x, y), in no order."""
    waiting = {(int(x), int(y)) for y, x in np.argwhere(mask)}
    found = []
    while waiting:
        region, edge = set(), [waiting.pop()]
        while edge:
            x, y = edge.pop()
            region.add((x, y))
            near = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} & waiting
            waiting -= near
            edge += near
        found.append(region)
    return found


@given(MASKS)
def test_regions_equal_those_of_a_flood_fill(mask):
    found = [frozenset(pixels(region)) for region in regions(mask, EVERY)]
    assert len(found) == len(set(found))
    assert set(found) == {frozenset(region) for region in flood_filled(mask)}


@given(MASKS, st.integers(1, 3))
def test_the_largest_regions_come_first_and_the_rest_is_left_out(mask, most):
    sizes = [len(pixels(region)) for region in regions(mask, most)]
    assert sizes == sorted(map(len, flood_filled(mask)), reverse=True)[:most]


@given(MASKS)
def test_runs_cover_the_mask_and_nothing_else(mask):
    runs = find_runs(mask)
    assert pixels(runs) == {(x, y) for y, x in np.argwhere(mask)}
    assert (runs.stop > runs.start).all()


@given(MASKS)
def test_an_outline_has_the_ends_of_every_row_of_its_region(mask):
    for region in regions(mask, EVERY):
        left, right = outline(region)
        held = pixels(region)
        for (x0, y), (x1, _) in zip(left.tolist(), right.tolist(), strict=True):
            row = [x for x, at in held if at == y]
            assert (min(row), max(row)) == (x0, x1)
        assert left[:, 1].tolist() == sorted({y for _, y in held})


@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 3), (1, 1), (40, 30)])
def test_a_mask_with_nothing_set_has_no_regions(shape):
    assert regions(np.zeros(shape, bool), EVERY) == []


def test_a_map_of_the_detectors_size_with_as_many_runs_as_fit_is_one_region():
    board = np.indices((960, 960)).sum(axis=0) % 2 == 0
    (region,) = regions(board, EVERY)
    assert region.y.size == 960 * 480


def test_a_long_spiral_is_one_region():
    mask = np.zeros((101, 101), bool)
    low, high = 0, 100
    while low < high:
        mask[low, low : high + 1] = mask[low : high + 1, high] = True
        mask[high, low : high + 1] = mask[low + 2 : high + 1, low] = True
        mask[low + 2, low : low + 3] = True
        low, high = low + 2, high - 2
    assert len(regions(mask, EVERY)) == len(flood_filled(mask))
