"""`fit_ink`: a drawing, however it was drawn, as light ink in the middle of a black square."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.data.binding import bound, faults

PICTURES = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda shape: hnp.arrays(np.uint8, (*shape, 3))
)


def drawing(ink, ground, *, shape=(60, 80), box=(10, 40, 30, 40)):
    """A filled box (top, bottom, left, right) of one grey on another."""
    picture = np.full((*shape, 3), ground, np.uint8)
    top, bottom, left, right = box
    picture[top:bottom, left:right] = ink
    return picture


@given(PICTURES)
def test_every_picture_gives_a_square_of_grey(picture):
    (found,) = bound("fit_ink", size=16)([picture])
    assert found.shape == (16, 16, 3)
    assert found.dtype == np.uint8
    assert (found == found[..., :1]).all()


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0), (30, 200), (120, 90)])
def test_ink_is_light_whether_it_was_drawn_dark_or_light(ink, ground):
    (found,) = bound("fit_ink", size=30)([drawing(ink, ground)])
    assert found.max() == 255
    assert not found[0, 0].any()
    assert (found[:, 10:20] == 255).all()
    assert not found[:, :9].any()


def test_the_drawing_fills_the_square_one_way_and_stands_in_the_middle_of_the_other():
    (wide,) = bound("fit_ink", size=20)([drawing(0, 255, box=(5, 15, 0, 40))])
    rows = np.flatnonzero(wide[..., 0].any(axis=1))
    assert (rows[0], rows[-1]) == (7, 11)
    assert wide[9].all()


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 6))
def test_the_margin_and_the_size_of_the_picture_do_not_matter(top, left, zoom):
    shape = np.random.default_rng(1).integers(0, 2, (8, 6)) * 255
    shape[0, 0] = shape[-1, -1] = shape[0, -1] = shape[-1, 0] = 255
    margin = np.pad(shape, ((top, 3), (left, 2)))
    drawn = np.kron(margin, np.ones((zoom, zoom))).astype(np.uint8)
    plain = np.pad(shape, 1).astype(np.uint8)
    pictures = [np.repeat(grey[..., None], 3, axis=2) for grey in (plain, drawn)]
    one, other = bound("fit_ink", size=8, ink="light")(pictures)
    np.testing.assert_allclose(one, other, atol=2)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_picture_gives_a_black_one(value):
    (found,) = bound("fit_ink")([np.full((9, 7, 3), value, np.uint8)])
    assert found.shape == (32, 32, 3)
    assert not found.any()


def test_noise_on_a_blank_picture_is_no_ink():
    noise = np.random.default_rng(0).integers(245, 256, (40, 40, 3)).astype(np.uint8)
    assert not bound("fit_ink")([noise])[0].any()


def test_the_manifest_can_say_which_is_the_ink():
    picture = drawing(0, 255)
    assert bound("fit_ink", ink="dark")([picture])[0].any()
    assert not bound("fit_ink", ink="light")([picture])[0].any()


def test_no_pictures_give_none():
    assert bound("fit_ink")([]) == []


@pytest.mark.parametrize(
    ("params", "key"), [({"size": 0}, "size"), ({"size": 9999}, "size"), ({"ink": "red"}, "ink")]
)
def test_a_bad_parameter_is_told_by_its_key(params, key):
    assert key in faults("fit_ink", **params)
