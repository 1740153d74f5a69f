"""Boxes from a detector's map: where they are, what they hold, what is no text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.text_boxes import DetectParams, find_boxes, map_size, mean_within, sides

PARAMS = DetectParams()


def map_with(*bars, shape=(160, 320), score=0.9):
    scores = np.zeros(shape, np.float32)
    for left, top, right, bottom in bars:
        scores[top:bottom, left:right] = score
    return scores


def sums(scores):
    return np.pad(np.cumsum(scores, axis=1, dtype=np.float64), ((0, 0), (1, 0)))


def test_a_bar_is_one_box_grown_by_area_times_ratio_over_perimeter():
    (box,) = find_boxes(map_with((100, 50, 200, 70)), (160, 320), PARAMS)
    width, height = 100, 20  # between the centres of the dilated bar's outer pixels
    grown = width * height * 1.6 / (2 * (width + height))
    expected = [100 - grown, 50 - grown, 200 + grown, 70 + grown]
    assert [*box[0], *box[2]] == pytest.approx(expected, abs=1)
    assert box.dtype == np.int32


def test_boxes_are_in_the_pixels_of_the_picture_not_of_the_map():
    (box,) = find_boxes(map_with((100, 50, 200, 70)), (320, 960), PARAMS)
    (same,) = find_boxes(map_with((100, 50, 200, 70)), (160, 320), PARAMS)
    assert np.abs(box - same * np.array([3, 2])).max() <= 3


@pytest.mark.parametrize(
    "scores",
    [
        map_with(),
        map_with((10, 10, 60, 30), score=0.29),
        map_with((10, 10, 60, 30), score=0.45),
        map_with((10, 10, 12, 12)),
        map_with((10, 10, 300, 11)),
        np.zeros((32, 32), np.float32),
    ],
    ids=["nothing", "under thresh", "under box_thresh", "a speck", "a hair", "a small map"],
)
def test_what_is_faint_or_tiny_is_no_text(scores):
    assert find_boxes(scores, scores.shape, PARAMS).shape == (0, 4, 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60))
def test_boxes_of_any_map_lie_within_the_picture(seed, height, width):
    scores = np.random.default_rng(seed).random((64, 96), np.float32)
    boxes = find_boxes(scores, (height, width), PARAMS)
    assert (boxes >= 0).all()
    assert (boxes < [width, height]).all()


def test_the_largest_regions_are_kept_where_there_are_too_many():
    bars = [(10, 20 * row + 4, 30 + 40 * row, 20 * row + 14) for row in range(6)]
    boxes = find_boxes(map_with(*bars), (160, 320), DetectParams(max_candidates=2))
    assert sorted(sides(box)[0] > 150 for box in boxes) == [True, True]


@given(st.integers(0, 2**32 - 1))
def test_the_mean_within_a_level_box_is_that_of_its_pixels(seed):
    random = np.random.default_rng(seed)
    scores = random.random((20, 30))
    (left, right), (top, bottom) = (np.sort(random.choice(n, 2, replace=False)) for n in (30, 20))
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    expected = scores[top : bottom + 1, left : right + 1].mean()
    assert mean_within(sums(scores), corners) == pytest.approx(expected)


def test_the_mean_within_a_box_outside_the_map_is_nothing():
    corners = np.array([[50, 50], [60, 50], [60, 55], [50, 55]], float)
    assert mean_within(sums(np.ones((20, 30))), corners) == 0


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_the_detector_gets_whole_strides_of_bounded_size(height, width):
    tall, wide = map_size(height, width, 736)
    assert tall % 32 == wide % 32 == 0
    assert max(tall, wide) <= max(4 * 736, height + 16, width + 16)
    assert min(tall, wide) >= 32
