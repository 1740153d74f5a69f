"""Pictures arrive as a person sees them: RGB, upright, eight bits, the first frame, on white."""

import base64
import subprocess
import sys
import tracemalloc
import warnings
from io import BytesIO

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from samovar.codecs import image
from samovar.codecs.items import read_items
from samovar.errors import MalformedBody, PayloadTooLarge, SamovarError, UnsafeInput
from samovar.types import Kind, Limits

from tests.data import pictures

LIMIT = 1_000_000


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/whatever", ""])
def test_a_lossless_picture_arrives_to_the_last_bit_whatever_its_media_type_says(kind, media_type):
    body = pictures.saved(pictures.scene(), kind)
    (got,), single = read_items(Kind.IMAGE, media_type, body, Limits())
    assert single
    assert got.dtype == np.uint8
    assert got.flags.c_contiguous
    np.testing.assert_array_equal(got, pictures.scene())


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_every_format_arrives_as_pillow_decodes_it(kind):
    body = pictures.saved(pictures.scene(), kind)
    expected = np.asarray(Image.open(BytesIO(body)).convert("RGB"))
    np.testing.assert_array_equal(image.decode(body, LIMIT), expected)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_turned_as_its_exif_says(orientation, kind):
    body = pictures.turned(orientation, kind)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(body))).convert("RGB"))
    np.testing.assert_array_equal(image.decode(body, LIMIT), expected)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation):
    got = image.decode(pictures.turned(orientation, "PNG"), LIMIT)
    np.testing.assert_array_equal(got, pictures.scene())


def test_exif_that_cannot_be_read_does_not_matter():
    body = pictures.saved(pictures.scene(), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(image.decode(body, LIMIT), pictures.scene())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_cut(kind):
    wide = np.array([[0, 128, 129, 257, 32768, 65534, 65535]], np.uint16)
    got = image.decode(pictures.saved(Image.fromarray(wide), kind), LIMIT)
    expected = np.round(wide / 257)
    np.testing.assert_array_equal(got, np.repeat(expected[..., None], 3, axis=2))


def test_sixteen_bit_colour_is_its_high_byte():
    wide = np.array([[[0x12FF, 0x3400, 0xFFFF]]], ">u2")
    got = image.decode(pictures.png(1, 1, b"\0" + wide.tobytes(), depth=16), LIMIT)
    assert got.tolist() == [[[0x12, 0x34, 0xFF]]]


def test_cmyk_becomes_rgb_and_not_its_negative():
    picture = Image.fromarray(pictures.scene()).convert("CMYK")
    got = image.decode(pictures.saved(picture, "JPEG", quality=100), LIMIT)
    assert np.abs(got.astype(int) - pictures.scene()).mean() < 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_every_plain_mode_becomes_rgb(mode):
    picture = Image.fromarray(pictures.scene()).convert(mode)
    got = image.decode(pictures.saved(picture), LIMIT)
    np.testing.assert_array_equal(got, np.asarray(picture.convert("RGB")))


def test_what_is_transparent_lies_on_white():
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[0, :, 3] = [0, 128, 255]
    got = image.decode(pictures.saved(Image.fromarray(pixels)), LIMIT)
    assert got[0, :, 0].tolist() == [255, 127, 0]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_colour_lies_on_white(kind):
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putpixel((1, 0), 1)
    got = image.decode(pictures.saved(picture, kind, transparency=0), LIMIT)
    assert got.tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_is_its_first_frame(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    body = pictures.saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(image.decode(body, LIMIT), np.full((8, 8, 3), [255, 0, 0]))


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_a_picture_cut_anywhere_is_refused_or_read_and_nothing_else(kind):
    body = pictures.saved(pictures.scene(), kind)
    for end in range(0, len(body), 7):
        try:
            got = image.decode(body[:end], LIMIT)
        except MalformedBody as error:
            assert "Traceback" not in error.message  # noqa: PT017 - either outcome is right
            assert "0x7" not in error.message  # noqa: PT017 - no addresses of objects
        else:
            assert got.shape == (24, 32, 3)


@pytest.mark.parametrize("kind", pictures.FORMATS)
@given(data=st.data())
def test_a_picture_with_bytes_changed_is_refused_or_read_and_nothing_else(kind, data):
    body = bytearray(pictures.saved(pictures.scene(8, 8), kind))
    changes = st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255))
    for at, value in data.draw(st.lists(changes, min_size=1, max_size=8)):
        body[at] = value
    try:
        got = image.decode(bytes(body), 100_000)
    except SamovarError as error:
        assert isinstance(error, MalformedBody | PayloadTooLarge | UnsafeInput)  # noqa: PT017 - either outcome is right
    else:
        assert got.ndim == 3
        assert got.shape[2] == 3


BOMBS = {
    "png": pictures.png_bomb(20_000),
    "png-header": pictures.png(30_000, 30_000, b""),
    "gif": pictures.gif(60_000, 60_000),
    "gif-frame": pictures.gif(1, 1, (60_000, 60_000)),
    "bmp": pictures.bmp(60_000, 60_000),
    "webp": pictures.webp(16_383, 16_383),
    "jpeg": pictures.jpeg_of_size(60_000, 60_000),
    "tiff": pictures.tiff(60_000, 60_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_its_header_before_memory_is_taken(name):
    image.decode(pictures.saved(pictures.scene(8, 8), "PNG"), LIMIT)  # Pillow itself is loaded
    tracemalloc.start()
    with warnings.catch_warnings(record=True) as escaped, pytest.raises(PayloadTooLarge):
        image.decode(BOMBS[name], 40_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert escaped == []
    assert peak < 3_000_000 + 4 * len(BOMBS[name])


def test_pixels_are_a_limit_of_all_pictures_of_a_request_together():
    picture = base64.b64encode(pictures.saved(pictures.scene(10, 10))).decode()
    body = orjson.dumps({"image": [picture] * 3})
    assert len(read_items(Kind.IMAGE, "application/json", body, Limits(max_pixels=300)).items) == 3
    with pytest.raises(PayloadTooLarge, match=r"image\[2\]"):
        read_items(Kind.IMAGE, "application/json", body, Limits(max_pixels=299))


def test_a_jpeg_of_endless_scans_is_refused():
    assert image.decode(pictures.jpeg_of_scans(20), LIMIT).shape == (24, 32, 3)
    with pytest.raises(UnsafeInput, match="scans"):
        image.decode(pictures.jpeg_of_scans(200), LIMIT)


def test_pillow_is_loaded_with_the_first_picture_and_without_its_rarer_readers():
    code = (
        "import sys; from samovar.codecs import image; assert 'PIL' not in sys.modules\n"
        "image.decode(sys.stdin.buffer.read(), 10**6)\n"
        "assert 'PIL.WebPImagePlugin' in sys.modules\n"
        "assert not {'PIL.PsdImagePlugin', 'PIL.EpsImagePlugin'} & sys.modules.keys()"
    )
    body = pictures.saved(pictures.scene(), "WEBP")
    subprocess.run([sys.executable, "-c", code], input=body, check=True)
