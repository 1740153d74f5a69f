"""Lines of text: their order on the page, their batches, their way into a tensor."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.pixels import cut_out, perspective, resize
from samovar.programs.text_lines import LINE_HEIGHT, batches, cut_lines, reading_order, stack

GRID = [(40 + 200 * column, 30 + 60 * row) for row in range(5) for column in range(3)]


def boxes_at(places, width=120, height=30):
    """Boxes (boxes, 4, 2) of one size with their top left corners at places."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    return np.array(places)[:, None] + corners


def turned(boxes, degrees):
    """The boxes turned about the origin, clockwise on the screen."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return boxes @ matrix.T


@given(st.permutations(range(len(GRID))), st.floats(-12, 12))
def test_a_page_is_read_line_by_line_in_whatever_order_it_comes_and_however_it_slants(
    order, degrees
):
    boxes = turned(boxes_at(GRID), degrees)[list(order)]
    assert [order[index] for index in reading_order(boxes)] == list(range(len(GRID)))


@given(st.permutations(range(len(GRID))))
def test_a_page_turned_a_quarter_to_the_right_is_read_in_its_own_order(order):
    boxes = np.roll(turned(boxes_at(GRID), 90), 1, axis=1)[list(order)]
    assert [order[index] for index in reading_order(boxes)] == list(range(len(GRID)))


@given(st.permutations(range(len(GRID))))
def test_a_page_on_its_head_is_read_backwards(order):
    boxes = np.roll(turned(boxes_at(GRID), 180), 2, axis=1)[list(order)]
    read = [order[index] for index in reading_order(boxes, headlong=True)]
    assert read == list(range(len(GRID)))


def test_no_boxes_have_no_order():
    assert reading_order(np.zeros((0, 4, 2), np.int32)) == []


def lines_of(*widths):
    return [np.full((LINE_HEIGHT, width, 3), 255, np.uint8) for width in widths]


def test_lines_of_like_widths_share_a_run():
    lines = lines_of(1440, 96, 430, 480, 120, 384, 144)
    assert list(batches(lines)) == [[1, 4, 6, 5, 2, 3], [0]]
    assert stack(lines, [1, 4]).shape == (2, 3, LINE_HEIGHT, 320)
    assert stack(lines, [0, 1]).shape == (2, 3, LINE_HEIGHT, 1440)


def test_what_is_right_of_a_line_is_zero():
    tensor = stack(lines_of(100), [0], 320)
    assert tensor.shape == (1, 3, LINE_HEIGHT, 320)
    assert (tensor[..., :100] == 1).all()
    assert not tensor[..., 100:].any()


@pytest.mark.parametrize(
    ("box", "width"),
    [
        ((10, 10, 110, 34), 200),
        ((10, 10, 30, 110), 240),
        ((0, 0, 999, 4), 4800),
        ((5, 5, 9, 9), 48),
    ],
    ids=["a line", "a tall line, turned", "a thread, squeezed", "a speck"],
)
def test_a_cut_line_has_the_height_of_lines(box, width):
    left, top, right, bottom = box
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    (line,) = cut_lines(np.zeros((200, 1000, 3), np.uint8), corners)
    assert line.shape == (LINE_HEIGHT, width, 3)


def test_resizing_is_bilinear_between_pixel_centres():
    ramp = np.repeat(np.arange(0, 250, 10, dtype=np.uint8)[None, :, None], 3, axis=2)
    wide = resize(np.repeat(ramp, 2, axis=0), (2, 50))[0, :, 0].astype(float)
    centres = (np.arange(50) + 0.5) / 2 - 0.5
    expected = np.interp(centres, np.arange(25), np.arange(0, 250, 10))
    assert np.abs(wide - expected).max() <= 1


def test_a_cut_out_of_whole_pixels_is_those_pixels():
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    box = np.array([[10, 5], [30, 5], [30, 17], [10, 17]])
    found = cut_out(picture, box, (12, 20)).astype(int)
    assert np.abs(found - picture[5:17, 10:30]).max() <= 1


@given(st.lists(st.floats(-50, 50), min_size=8, max_size=8))
def test_a_perspective_takes_each_corner_to_its_own(shifts):
    source = np.array([[0, 0], [200, 0], [200, 200], [0, 200]], float)
    target = source + np.array(shifts).reshape(4, 2)
    moved = np.c_[source, np.ones(4)] @ perspective(source, target).T
    np.testing.assert_allclose(moved[:, :2] / moved[:, 2:], target, atol=1e-6)


def test_corners_on_one_point_do_not_break_the_perspective():
    assert np.isfinite(perspective(np.eye(4, 2) * 9, np.zeros((4, 2)))).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 90)])
def test_a_cut_out_of_a_degenerate_box_has_the_size_asked_for(size):
    picture = np.zeros((10, 10, 3), np.uint8)
    assert cut_out(picture, np.zeros((4, 2), int), size).shape == (*size, 3)
