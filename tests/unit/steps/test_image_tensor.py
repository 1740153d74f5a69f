"""`image_tensor` equals torchvision's ToTensor and Normalize, and Pillow's grey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from samovar.errors import WrongShape
from sklearn.datasets import load_sample_image

from tests.data.binding import bound

CHINA = np.ascontiguousarray(load_sample_image("china.jpg")[100:148, 200:264])
FLOWER = np.ascontiguousarray(load_sample_image("flower.jpg")[:48, :64])
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def test_the_usual_normalisation_equals_torchvision_within_two_millionths():
    reference = CHINA.astype(np.float32) / np.float32(255)  # ToTensor, then Normalize
    reference = (reference - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    tensor = bound("image_tensor", tensor="x", mean=MEAN, std=STD)([CHINA])["x"]
    assert tensor.shape == (1, 3, 48, 64)
    assert tensor.dtype == np.float32
    np.testing.assert_allclose(tensor[0], reference.transpose(2, 0, 1), atol=2e-6)


def test_grey_equals_pillow_to_the_last_bit():
    tensor = bound("image_tensor", tensor="x", channels="L", datatype="UINT8")([CHINA, FLOWER])["x"]
    assert tensor.shape == (2, 1, 48, 64)
    for got, image in zip(tensor, (CHINA, FLOWER), strict=True):
        np.testing.assert_array_equal(got[0], np.asarray(Image.fromarray(image).convert("L")))


@given(st.integers(0, 255))
def test_a_grey_pixel_keeps_its_value_as_luma(value):
    image = np.full((1, 1, 3), value, np.uint8)
    tensor = bound("image_tensor", tensor="x", channels="L", datatype="UINT8")([image])["x"]
    assert tensor.item() == value


def test_layouts_hold_the_same_values():
    first = bound("image_tensor", tensor="x")([CHINA, FLOWER])["x"]
    last = bound("image_tensor", tensor="x", layout="NHWC")([CHINA, FLOWER])["x"]
    flat = bound("image_tensor", tensor="x", layout="flat")([CHINA, FLOWER])["x"]
    np.testing.assert_array_equal(first, last.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(flat, first.reshape(2, -1))
    assert all(array.flags.c_contiguous for array in (first, last, flat))


def test_bgr_is_rgb_backwards():
    rgb = bound("image_tensor", tensor="x", scale=1.0)([CHINA])["x"]
    bgr = bound("image_tensor", tensor="x", scale=1.0, channels="BGR")([CHINA])["x"]
    np.testing.assert_array_equal(bgr, rgb[:, ::-1])


def test_mean_and_std_of_bgr_are_in_the_order_of_the_tensor():
    image = np.zeros((1, 1, 3), np.uint8)
    tensor = bound("image_tensor", tensor="x", channels="BGR", mean=[1.0, 2.0, 3.0])([image])["x"]
    np.testing.assert_array_equal(tensor.ravel(), [-1, -2, -3])


def test_inverted_pixels_are_255_less_the_pixel():
    plain = bound("image_tensor", tensor="x", scale=1.0)([CHINA])["x"]
    inverted = bound("image_tensor", tensor="x", scale=1.0, invert=True)([CHINA])["x"]
    np.testing.assert_array_equal(inverted, 255 - plain)


def test_plain_pixels_may_stay_bytes():
    tensor = bound("image_tensor", tensor="x", datatype="UINT8", layout="NHWC")([CHINA])["x"]
    assert tensor.dtype == np.uint8
    np.testing.assert_array_equal(tensor[0], CHINA)


def test_a_picture_of_another_size_is_named():
    with pytest.raises(WrongShape, match="picture 1 is 64 x 20, but picture 0 is 64 x 48"):
        bound("image_tensor", tensor="x")([CHINA, FLOWER[:20]])


def test_a_declared_size_is_checked():
    with pytest.raises(WrongShape, match="picture 0 is 64 x 48, but the model takes 8 x 8"):
        bound("image_tensor", tensor="x", size=[8, 8])([CHINA])


def test_an_empty_batch_gives_an_empty_tensor_of_the_declared_size():
    assert bound("image_tensor", tensor="x", size=[8, 9])([])["x"].shape == (0, 3, 8, 9)
    assert bound("image_tensor", tensor="x", layout="flat", size=[8, 9])([])["x"].shape == (0, 216)


def test_a_batch_is_its_pictures_one_by_one():
    apply = bound("image_tensor", tensor="x", mean=MEAN, std=STD)
    together = apply([CHINA, FLOWER])["x"]
    np.testing.assert_array_equal(together[0], apply([CHINA])["x"][0])
    np.testing.assert_array_equal(together[1], apply([FLOWER])["x"][0])
