"""image/* → a picture: uint8 (height, width, 3), RGB, upright.

PNG, JPEG, WebP, GIF, BMP and TIFF, told apart by their first bytes and not by their media
type. Nothing else is ever opened. Sizes are read from the header, before any pixel is.
"""

import warnings
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np

from samovar.codecs.items import Items, Request
from samovar.errors import MalformedBody, PayloadTooLarge, SamovarError, UnsafeInput
from samovar.types import Array

_ORIENTATION = 0x0112
_MAX_JPEG_SCANS = 100

_MAGIC: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"RIFF": "WEBP",
}
_PLUGINS: Mapping[str, str] = {
    "PNG": "PIL.PngImagePlugin",
    "JPEG": "PIL.JpegImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
}


def read(request: Request) -> Items:
    """One picture. Raises MalformedBody, PayloadTooLarge, UnsafeInput."""
    return Items([decode(request.body, request.limits.max_pixels)], single=True)


def decode(body: bytes, max_pixels: int) -> Array:
    """uint8 (height, width, 3): the picture as a person sees it, RGB, contiguous.

    Turned as its EXIF says; of an animation the first frame; transparent parts on white;
    16-bit grey scaled by 255/65535 and rounded, 16-bit colour to its high byte; CMYK by
    Pillow's plain conversion; colour profiles are not applied. Raises PayloadTooLarge over
    `max_pixels` before memory is taken, MalformedBody for anything that is no whole
    picture, UnsafeInput for a JPEG of more than 100 scans.
    """
    from PIL import Image

    kind = _kind(body)
    import_module(_PLUGINS[kind])
    _check_before_opening(kind, body, max_pixels)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\b")
        try:
            with Image.open(BytesIO(body), formats=(kind,)) as picture:
                check_pixels(picture.size, max_pixels)
                picture.load()
                return _upright(_pixels(picture), _orientation(picture))
        except (SamovarError, MemoryError):
            raise
        except Image.DecompressionBombError:
            raise PayloadTooLarge(f"the picture has over {max_pixels} pixels") from None
        except Exception as error:  # noqa: BLE001 - Pillow's readers raise whatever they meet
            raise MalformedBody(f"the {kind} picture cannot be read: {_said(error)}") from None


def check_pixels(size: tuple[int, int], max_pixels: int) -> None:
    """Raises MalformedBody for a picture without pixels, PayloadTooLarge for too many."""
    width, height = size
    if width < 1 or height < 1:
        raise MalformedBody(f"the picture is {width} x {height}: it has no pixels")
    if width * height > max_pixels:
        raise PayloadTooLarge(
            f"the picture is {width} x {height}, {width * height} pixels; "
            f"{max_pixels} at most are taken"
        )


def _kind(body: bytes) -> str:
    for magic, kind in _MAGIC.items():
        if body.startswith(magic) and (kind != "WEBP" or body[8:12] == b"WEBP"):
            return kind
    empty = "the body is empty" if not body else "these bytes are no picture that is read here"
    raise MalformedBody(f"{empty}; send PNG, JPEG, WebP, GIF, BMP or TIFF")


def _check_before_opening(kind: str, body: bytes, max_pixels: int) -> None:
    # Opening a WebP takes memory for its canvas, so its size is read here; a progressive
    # JPEG may hold so many scans that each of its few bytes costs a pass over all pixels.
    if kind == "WEBP":
        check_pixels(_webp_size(body), max_pixels)
    if kind == "JPEG" and body.count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise UnsafeInput(f"the JPEG has over {_MAX_JPEG_SCANS} scans; save it as baseline")


def _webp_size(body: bytes) -> tuple[int, int]:
    """(width, height) by the first chunk; (1, 1) where it says none, for Pillow to refuse."""
    chunk = body[12:16]
    if chunk == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = (int.from_bytes(body[at : at + 2], "little") for at in (26, 28))
        return width & 0x3FFF, height & 0x3FFF
    return 1, 1


def _pixels(picture: Any) -> Array:
    mode = picture.mode
    if mode.startswith("I;16"):
        wide = np.asarray(picture).astype(np.uint32)
        grey = ((wide * 255 + 32767) // 65535).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if mode in ("I", "F"):
        raise MalformedBody("pictures of 32-bit pixels have no agreed white; send 8 or 16 bits")
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        return _on_white(picture.convert("RGBA"))
    return np.asarray(picture if mode == "RGB" else picture.convert("RGB"))


def _on_white(picture: Any) -> Array:
    from PIL import Image

    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return np.asarray(ground)


def _orientation(picture: Any) -> int:
    """EXIF's 1 to 8; 1 where there is none or it cannot be read, as viewers do."""
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises whatever it meets
        return 1
    return found if found in range(1, 9) else 1


def _upright(pixels: Array, orientation: int) -> Array:
    """Undoes an EXIF orientation: 5 to 8 lie on their side, even ones and 5, 7 are mirrored."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _said(error: Exception) -> str:
    """Pillow's reason, without the object addresses that it may hold."""
    return str(error).partition("<")[0].strip()[:120] or type(error).__name__
