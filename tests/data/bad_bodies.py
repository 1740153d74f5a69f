"""Bodies of predict requests that are wrong, by the kind of model they are sent to.

Each has the code of the one error that it must give at any door. None is over 2 MB.
"""

import base64
import io
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from samovar.types import Kind

from tests.data import pictures, sounds

JSON, CSV, NPY, WAV, PNG = (
    "application/json",
    "text/csv",
    "application/x-npy",
    "audio/wav",
    "image/png",
)
MALFORMED, TOO_LARGE, MEDIA = "malformed_body", "payload_too_large", "unsupported_media_type"


class BadBody(NamedTuple):
    """A request body and the code with which it is refused."""

    name: str
    kind: Kind
    content_type: str
    body: bytes
    code: str


def bad_bodies() -> Iterator[BadBody]:
    """All of them, each with a name of its own."""
    for kind, media, cases in (
        (Kind.TEXT, JSON, _json()),
        (Kind.TEXT, "text/plain", _texts()),
        (Kind.IMAGE, PNG, _pictures()),
        (Kind.AUDIO, WAV, _sounds()),
        (Kind.ROWS, CSV, _tables()),
        (Kind.ROWS, JSON, _rows()),
        (Kind.TENSORS, NPY, _arrays()),
    ):
        for name, body, code in cases:
            yield BadBody(f"{kind} as {media}: {name}", kind, media, body, code)
    for kind, media in _UNFIT:
        yield BadBody(f"{kind}: sent as {media[:30]}", kind, media, b"x", MEDIA)
    for name, body, code in _pictures():
        inside = b'{"image": "%b"}' % base64.b64encode(body)
        yield BadBody(f"image in json: {name}", Kind.IMAGE, JSON, inside, code)
    for name, body, code in _sounds():
        inside = b'{"rows": [{"audio": "%b"}]}' % base64.b64encode(body)
        yield BadBody(f"audio in json: {name}", Kind.AUDIO, JSON, inside, code)


_UNFIT = (
    (Kind.TEXT, "image/png"),
    (Kind.TEXT, "application/xml"),
    (Kind.TEXT, "text/plain; charset=rot13"),
    (Kind.TEXT, "text/plain; charset=utf-7"),
    (Kind.IMAGE, "text/plain"),
    (Kind.IMAGE, "multipart/form-data; boundary=x"),
    (Kind.IMAGE, "video/mp4"),
    (Kind.AUDIO, "audio/mpeg"),
    (Kind.AUDIO, "image/png"),
    (Kind.ROWS, "text/plain"),
    (Kind.ROWS, "application/x-npy"),
    (Kind.TENSORS, "text/csv"),
    (Kind.TENSORS, "application/x-npz"),
)

Case = tuple[str, bytes, str]


def _json() -> Iterator[Case]:
    yield "no body", b"", MALFORMED
    yield "an open brace", b"{", MALFORMED
    yield "a list", b"[]", MALFORMED
    yield "a bare text", b'"a"', MALFORMED
    yield "null", b"null", MALFORMED
    yield "a trailing comma", b'{"text": "a",}', MALFORMED
    yield "two values", b'{"text": "a"} {}', MALFORMED
    yield "single quotes", b"{'text': 'a'}", MALFORMED
    yield "NaN", b'{"text": NaN}', MALFORMED
    yield "a byte that is no UTF-8", b'{"text": "\xff"}', MALFORMED
    yield "half a surrogate", b'{"text": "\\ud800"}', MALFORMED
    yield "UTF-16", '{"text": "a"}'.encode("utf-16"), MALFORMED
    yield "deep lists", b"[" * 100_000, MALFORMED
    yield "deep lists that close", b'{"text": ' + b"[" * 70 + b"]" * 70 + b"}", MALFORMED
    yield "deep objects", b'{"text":' * 50_000, MALFORMED
    yield "a key twice", b'{"text": "a", "text": "b"}', "duplicate_name"
    yield "a key twice within", b'{"rows": [{"text": "a", "text": "b"}]}', "duplicate_name"
    yield "a key twice, escaped", b'{"text": "a", "t\\u0065xt": "b"}', "duplicate_name"
    yield "no key", b"{}", "missing_tensor"
    yield "another key", b'{"texts": "a"}', "unknown_tensor"
    yield "a picture's key", b'{"image": "a"}', "unknown_tensor"
    yield "two keys", b'{"text": "a", "rows": []}', MALFORMED
    yield "a number", b'{"text": 1}', "wrong_datatype"
    yield "a null", b'{"text": null}', "wrong_datatype"
    yield "a list in a list", b'{"text": [["a"]]}', "wrong_datatype"
    yield "an object", b'{"text": {"a": "b"}}', "wrong_datatype"
    yield "rows that are no list", b'{"rows": {"text": "a"}}', "wrong_datatype"
    yield "rows of texts", b'{"rows": ["a"]}', "wrong_datatype"
    yield "a row without a text", b'{"rows": [{"text": "a"}, {}]}', "missing_tensor"
    yield "a row with more", b'{"rows": [{"text": "a", "b": 1}]}', "unknown_tensor"
    yield "too many rows", b'{"text": [%b]}' % b",".join([b'"a"'] * 5000), TOO_LARGE
    yield "a long text", b'{"text": "%b"}' % (b"a" * 1_000_001), TOO_LARGE


def _texts() -> Iterator[Case]:
    yield "a byte that is no UTF-8", b"ab\xff", MALFORMED
    yield "half a character", b"ab\xc3", MALFORMED
    yield "a coded surrogate", b"\xed\xa0\x80", MALFORMED
    yield "an overlong slash", b"\xc0\xaf", MALFORMED
    yield "beyond Unicode", b"\xf4\x90\x80\x80", MALFORMED
    yield "UTF-16", "ä".encode("utf-16"), MALFORMED
    yield "over a megabyte", b"a" * 1_000_001, TOO_LARGE


def _pictures() -> Iterator[Case]:
    whole = pictures.saved(pictures.scene())
    yield "no body", b"", MALFORMED
    yield "a text", b"hello", MALFORMED
    yield "an SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>", MALFORMED
    yield "a PostScript file", b"%!PS-Adobe-3.0 EPSF-3.0\n", MALFORMED
    yield "a PDF", b"%PDF-1.7\n", MALFORMED
    yield "a Photoshop file", b"8BPS\0\1" + b"\0" * 100, MALFORMED
    yield "an icon", b"\0\0\1\0\1\0" + b"\0" * 100, MALFORMED
    yield "a sound", sounds.wav(b"\0\0"), MALFORMED
    yield "a PNG's signature", whole[:8], MALFORMED
    yield "a PNG cut in its header", whole[:20], MALFORMED
    yield "a PNG cut in its data", whole[: len(whole) // 2], MALFORMED
    yield "a PNG of false data", pictures.png(4, 4, b"\0"), MALFORMED
    yield "a PNG of no width", pictures.png(0, 4, b""), MALFORMED
    yield "a PNG of no height", pictures.png(4, 0, b""), MALFORMED
    yield "a PNG of a strange depth", pictures.png(4, 4, b"\0" * 20, depth=3), MALFORMED
    yield "a PNG bomb", pictures.png_bomb(10_000), TOO_LARGE
    yield "a PNG that says it is huge", pictures.png(2**31 - 1, 2**31 - 1, b""), TOO_LARGE
    yield "a JPEG cut", pictures.saved(pictures.scene(), "JPEG")[:-40], MALFORMED
    yield "a JPEG's first bytes", b"\xff\xd8\xff\xe0", MALFORMED
    yield "a JPEG that says it is huge", pictures.jpeg_of_size(60_000, 60_000), TOO_LARGE
    yield "a JPEG of no height", pictures.jpeg_of_size(8, 0), MALFORMED
    yield "a JPEG of 200 scans", pictures.jpeg_of_scans(200), "unsafe_input"
    yield "a GIF cut", pictures.gif(4, 4)[:20], MALFORMED
    yield "a GIF that says it is huge", pictures.gif(60_000, 60_000), TOO_LARGE
    yield "a GIF whose frame is huge", pictures.gif(1, 1, (60_000, 60_000)), TOO_LARGE
    yield "a GIF of no size", pictures.gif(0, 0), MALFORMED
    yield "a BMP without pixels", pictures.bmp(4, 4), MALFORMED
    yield "a BMP that says it is huge", pictures.bmp(60_000, 60_000), TOO_LARGE
    yield "a BMP of no width", pictures.bmp(0, 4), MALFORMED
    yield "a WebP of nothing", pictures.webp(4, 4), MALFORMED
    yield "a WebP that says it is huge", pictures.webp(16_383, 16_383), TOO_LARGE
    yield "a TIFF that says it is huge", pictures.tiff(60_000, 60_000), TOO_LARGE
    yield "a TIFF without a directory", b"II*\0\x08\0\0\0", MALFORMED
    yield "a TIFF that points at itself", b"II*\0\x00\0\0\0" + b"\0" * 40, MALFORMED
    yield "a TIFF of 32-bit floats", pictures.float_tiff(), MALFORMED


def _sounds() -> Iterator[Case]:
    whole = sounds.wav(b"\0\0" * 8)
    yield "no body", b"", MALFORMED
    yield "a text", b"hello, world", MALFORMED
    yield "an MP3", b"ID3\x04\0\0\0\0\0\0", MALFORMED
    yield "a picture", pictures.saved(pictures.scene(), "WEBP"), MALFORMED
    yield "a RIFF header alone", whole[:12], MALFORMED
    yield "cut in the format", whole[:30], MALFORMED
    yield "cut before the samples", whole[:40], MALFORMED
    yield "cut in the samples", whole[:-3], MALFORMED
    yield "no samples", sounds.wav(b""), MALFORMED
    yield "half a frame", sounds.wav(b"\0\0\0"), MALFORMED
    yield "no channels", sounds.wav(b"\0\0", channels=0), MALFORMED
    yield "no channels, but frames", sounds.wav(b"\0\0", channels=0, frame_bytes=2), MALFORMED
    yield "frames of another size", sounds.wav(b"\0" * 8, frame_bytes=4), MALFORMED
    yield "no bits", sounds.wav(b"\0\0", bits=0, frame_bytes=2), MALFORMED
    yield "12 bits", sounds.wav(b"\0\0", bits=12, frame_bytes=2), MALFORMED
    yield "float of 16 bits", sounds.wav(b"\0\0", encoding=3), MALFORMED
    yield "ADPCM", sounds.wav(b"\0" * 4, encoding=2, bits=4, frame_bytes=1), MALFORMED
    yield "mu-law", sounds.wav(b"\0" * 4, encoding=7, bits=8), MALFORMED
    yield "0 Hz", sounds.wav(b"\0\0", rate_hz=0), MALFORMED
    yield "1 Hz", sounds.wav(b"\0\0", rate_hz=1), MALFORMED
    yield "4 GHz", sounds.wav(b"\0\0", rate_hz=4_000_000_000), MALFORMED
    yield "samples before the format", whole[:12] + whole[36:] + whole[12:36], MALFORMED
    yield "a chunk past the end", whole[:12] + b"LIST\xff\xff\xff\x7f", MALFORMED
    yield "NaN", sounds.wav(b"\0\0\xc0\x7f", encoding=3, bits=32), MALFORMED
    yield "eleven minutes", sounds.wav(b"\0" * 660_000, rate_hz=1000, bits=8), TOO_LARGE


def _tables() -> Iterator[Case]:
    yield "no body", b"", MALFORMED
    yield "blank lines", b"\n\r\n", MALFORMED
    yield "fewer cells", b"a,b\n1\n", MALFORMED
    yield "more cells", b"a,b\n1,2,3\n", MALFORMED
    yield "a column without a name", b"a,,b\n1,2,3\n", MALFORMED
    yield "a column twice", b"a,a\n1,2\n", "duplicate_name"
    yield "an open quote", b'a,b\n"1,2\n', MALFORMED
    yield "text after a quote", b'a,b\n"1"x,2\n', MALFORMED
    yield "a byte that is no UTF-8", b"a\n\xff\n", MALFORMED
    yield "a cell of 200 kB", b"a\n" + b"x" * 200_000, MALFORMED
    yield "too many rows", b"a\n" + b"1\n" * 5000, TOO_LARGE


def _rows() -> Iterator[Case]:
    yield "a row that is a number", b'{"row": 5}', "wrong_datatype"
    yield "a row that is null", b'{"row": null}', "wrong_datatype"
    yield "rows with a number", b'{"rows": [{"a": 1}, 5]}', "wrong_datatype"
    yield "the columns themselves", b'{"a": 1}', "unknown_tensor"
    yield "a column twice", b'{"row": {"a": 1, "a": 2}}', "duplicate_name"
    yield "an infinite number", b'{"row": {"a": Infinity}}', MALFORMED


def _arrays() -> Iterator[Case]:
    whole = _saved(np.zeros((2, 3), np.float32))
    yield "no body", b"", MALFORMED
    yield "a text", b"hello", MALFORMED
    yield "a zip", b"PK\x03\x04" + b"\0" * 60, MALFORMED
    yield "a pickle", b"\x80\x04N.", MALFORMED
    yield "cut in the magic", whole[:5], MALFORMED
    yield "cut in the header", whole[:40], MALFORMED
    yield "cut in the data", whole[:-1], MALFORMED
    yield "a byte more", whole + b"\0", MALFORMED
    yield "another version", whole[:6] + b"\x09" + whole[7:], MALFORMED
    yield "a header of 4 GB", b"\x93NUMPY\x02\0\xff\xff\xff\xff", MALFORMED
    yield "no header", b"\x93NUMPY\x01\0\0\0\0\0", MALFORMED
    yield "objects", _saved(np.array([{}], dtype=object)), "wrong_datatype"
    yield "a structure", _saved(np.zeros(1, [("a", "<f4")])), "wrong_datatype"
    yield "complex numbers", _saved(np.zeros(1, complex)), "wrong_datatype"
    yield "times", _saved(np.zeros(1, "datetime64[s]")), "wrong_datatype"
    yield "no rows axis", _saved(np.array(1.0)), "wrong_shape"
    yield "too many rows", _saved(np.zeros(5000, np.uint8)), TOO_LARGE
    yield "2^64 elements", _reshaped(whole, f"({2**32}, {2**32})"), TOO_LARGE
    yield "a billion rows of nothing", _reshaped(whole, f"({10**9}, 0)")[:-24], TOO_LARGE
    yield "a negative side", _reshaped(whole, "(-2, -3)"), MALFORMED
    yield "a side of 40 digits", _reshaped(whole, f"({10**40},)"), MALFORMED


def _reshaped(body: bytes, shape: str) -> bytes:
    """A .npy file of (2, 3) that says another shape; its header keeps its length."""
    said, spare = b"(2, 3), }", " " * (len(shape) - len("(2, 3)"))
    return body.replace(said + spare.encode(), f"{shape}, }}".encode())


def _saved(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=True)
    return target.getvalue()
