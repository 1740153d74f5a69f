"""Sizes and crops equal Pillow's and torchvision's on photographs."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from samovar.errors import UnsafeInput
from samovar.steps.image import fitted_size, letterbox_offset, shortest_side
from sklearn.datasets import load_sample_image

from tests.data.binding import bound

CHINA = np.ascontiguousarray(load_sample_image("china.jpg")[100:220, 200:401])
FLOWER = np.ascontiguousarray(load_sample_image("flower.jpg")[:151, :90])
METHODS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
SIDES = st.integers(1, 60)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(
        0, 256, (height, width, 3), np.uint8
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(32, 32), (60, 300), (120, 201), (1, 1)])
def test_resize_equals_pillow_to_the_last_bit(method, size):
    (got,) = bound("resize", size=list(size), interpolation=method)([CHINA])
    expected = Image.fromarray(CHINA).resize(size[::-1], Image.Resampling[method.upper()])
    np.testing.assert_array_equal(got, np.asarray(expected))
    assert got.dtype == np.uint8


def torchvision_size(width: int, height: int, size: int) -> tuple[int, int]:
    """torchvision.transforms.functional._compute_resized_output_size, as (width, height)."""
    short, long = (width, height) if width <= height else (height, width)
    new_short, new_long = size, int(size * long / short)
    return (new_short, new_long) if width <= height else (new_long, new_short)


@given(SIDES, SIDES, SIDES)
def test_the_shortest_side_is_rounded_as_torchvision_does(height, width, size):
    assert shortest_side((height, width), size) == torchvision_size(width, height, size)[::-1]


def test_resize_by_the_shortest_side_keeps_the_shape_of_each_picture():
    wide, tall = bound("resize", size=50)([CHINA, FLOWER])
    assert wide.shape == (50, 83, 3)
    assert tall.shape == (83, 50, 3)


def torchvision_crop(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """torchvision's center_crop of a PIL image, step by step."""
    picture = Image.fromarray(image)
    w, h = picture.size
    if width > w or height > h:
        left = (width - w) // 2 if width > w else 0
        top = (height - h) // 2 if height > h else 0
        right = (width - w + 1) // 2 if width > w else 0
        bottom = (height - h + 1) // 2 if height > h else 0
        picture = ImageOps.expand(picture, (left, top, right, bottom), fill=0)
        w, h = picture.size
    top, left = round((h - height) / 2.0), round((w - width) / 2.0)
    return np.asarray(picture.crop((left, top, left + width, top + height)))


@given(SIDES, SIDES, SIDES, SIDES)
def test_center_crop_equals_torchvision_where_it_crops_and_where_it_pads(height, width, h, w):
    image = noise(height, width)
    (got,) = bound("center_crop", size=[h, w])([image])
    np.testing.assert_array_equal(got, torchvision_crop(image, h, w))


def test_a_crop_by_one_number_is_a_square():
    assert bound("center_crop", size=40)([CHINA])[0].shape == (40, 40, 3)


@given(SIDES, SIDES, SIDES, SIDES, st.booleans())
def test_a_letterbox_has_its_size_and_shows_the_whole_picture(height, width, h, w, scale_up):
    image = noise(height, width)
    (got,) = bound("letterbox", size=[h, w], pad=7, scale_up=scale_up, interpolation="nearest")(
        [image]
    )
    inner = fitted_size(image.shape, (h, w), scale_up=scale_up)
    top, left = letterbox_offset(inner, (h, w))
    assert got.shape == (h, w, 3)
    fitted = Image.fromarray(image).resize(inner[::-1], Image.Resampling.NEAREST)
    np.testing.assert_array_equal(
        got[top : top + inner[0], left : left + inner[1]], np.asarray(fitted)
    )
    margin = np.ones((h, w), bool)
    margin[top : top + inner[0], left : left + inner[1]] = False
    assert (got[margin] == 7).all()


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_letterbox_lies_where_yolo_puts_it(height, width, h, w):
    ratio = min(h / height, w / width)
    inner = max(round(height * ratio), 1), max(round(width * ratio), 1)
    assert fitted_size((height, width), (h, w)) == inner
    spare_y, spare_x = (h - inner[0]) / 2, (w - inner[1]) / 2
    assert letterbox_offset(inner, (h, w)) == (round(spare_y - 0.1), round(spare_x - 0.1))


def test_a_letterbox_that_does_not_scale_up_keeps_a_small_picture_as_it_is():
    image = noise(4, 6)
    (got,) = bound("letterbox", size=[10, 10], scale_up=False, position="top-left")([image])
    np.testing.assert_array_equal(got[:4, :6], image)
    assert (got[4:] == 114).all()


@pytest.mark.parametrize(
    ("step", "params"),
    [("resize", {"size": 20}), ("center_crop", {"size": 20}), ("letterbox", {"size": 20})],
)
def test_a_batch_is_its_pictures_one_by_one_and_an_empty_one_is_empty(step, params):
    apply = bound(step, **params)
    assert apply([]) == []
    for alone, together in zip(
        [apply([CHINA])[0], apply([FLOWER])[0]], apply([CHINA, FLOWER]), strict=True
    ):
        np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("step", ["resize", "center_crop", "letterbox"])
def test_a_step_leaves_its_pictures_as_they_were(step):
    image = noise(30, 20)
    before = image.copy()
    bound(step, size=[8, 50])([image])
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(("count", "width"), [(1, 1_000_000), (64, 1_500)])
def test_slivers_are_not_blown_up(count, width):
    slivers = [np.zeros((1, width, 3), np.uint8)] * count
    tracemalloc.start()
    with pytest.raises(UnsafeInput, match="less narrow"):
        bound("resize", size=256)(slivers)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
