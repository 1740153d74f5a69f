"""Pictures built in code: good ones of every kind, and bombs, stumps and lies."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def scene(height: int = 24, width: int = 32) -> np.ndarray:
    """uint8 (height, width, 3): smooth, with no symmetry, so that a turn shows."""
    down, right = np.mgrid[0:height, 0:width]
    red, green = down * 255 // max(height - 1, 1), right * 255 // max(width - 1, 1)
    return np.stack([red, green, (red + 2 * green) // 3], axis=2).astype(np.uint8)


def saved(picture: Any, kind: str = "PNG", **options: Any) -> bytes:
    """A picture's file."""
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """The scene as it is, with an EXIF tag that says to turn it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(scene(), kind, exif=exif.tobytes())


def animated(kind: str) -> bytes:
    """Three frames: red, green, blue."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    target = BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], lossless=True)
    return target.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A PNG chunk with its length and checksum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(width: int, height: int, data: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says any size, over any compressed data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(data))
        + png_chunk(b"IEND", b"")
    )


def png_bomb(side: int) -> bytes:
    """A square PNG of black that takes few bytes: honest to the last pixel."""
    row = b"\0" * (1 + side // 8)
    squeeze = zlib.compressobj(9)
    body = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", body)
        + png_chunk(b"IEND", b"")
    )


def gif(width: int, height: int, frame: tuple[int, int] | None = None) -> bytes:
    """A GIF that says any size, its only frame perhaps larger, with one pixel of data."""
    inner = frame or (width, height)
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + b","
        + struct.pack("<HHHHB", 0, 0, *inner, 0)
        + b"\x02\x02\x44\x01\x00;"
    )


def bmp(width: int, height: int) -> bytes:
    """A BMP that says any size, without pixels."""
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + info


def webp(width: int, height: int) -> bytes:
    """A WebP whose canvas says any size, over nothing."""
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose frame header says any size, over the data of 8 x 8 pixels."""
    body = bytearray(saved(scene(8, 8), "JPEG"))
    at = body.index(b"\xff\xc0") + 5
    body[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(body)


def jpeg_of_scans(count: int) -> bytes:
    """A JPEG with its last scan again and again."""
    body = saved(scene(), "JPEG", progressive=True)
    at = body.rindex(b"\xff\xda")
    return body[:at] + body[at:-2] * count + body[-2:]


def tiff(width: int, height: int) -> bytes:
    """A TIFF that says any size, its strip of 8 bytes."""
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, 8),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 16) + b"\0" * 8 + directory


def float_tiff() -> bytes:
    """A TIFF of 32-bit floats, which have no agreed white."""
    return saved(Image.fromarray(np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)), "TIFF")
