"""application/x-npy → rows of a model's only input."""

import re
from math import prod
from typing import Any

import numpy as np

from samovar.codecs.items import Items, Request
from samovar.errors import MalformedBody, PayloadTooLarge, WrongDatatype, WrongShape
from samovar.types import Array

_MAX_HEADER = 10_000
_DESCR = re.compile(r"""['"]descr['"]\s*:\s*['"]?([^'"]*)['"]""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,L]*)\)""")
_READ = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[SU][1-9]\d{0,8})")


def read(request: Request) -> Items:
    """One item for each entry of axis 0: `{input: array}`; never a single one.

    Raises MalformedBody, WrongDatatype, WrongShape, PayloadTooLarge.
    """
    if len(request.names) != 1:
        raise WrongShape(
            "a .npy file has one array, but this model has the inputs "
            f"{', '.join(request.names) or 'of its graph'}; send them as application/json"
        )
    array = decode(request.body, request.limits.max_elements)
    if not array.ndim:
        raise WrongShape("the array has no axis for rows; send shape [1, …] for a single row")
    if len(array) > request.limits.max_rows:
        raise PayloadTooLarge(
            f"{len(array)} rows in one request; this model takes {request.limits.max_rows}"
        )
    return Items([{request.names[0]: row} for row in array], single=False)


def decode(body: bytes, max_elements: int) -> Array:
    """The array of a .npy file, native byte order, numbers as a view where they can be.

    The header is checked against the bytes that came before memory is taken, and nothing is
    ever unpickled. Raises MalformedBody, WrongDatatype for objects, structures and times,
    PayloadTooLarge over `max_elements`.
    """
    dtype, fortran, shape, start = header(body)
    count = prod(shape)
    if count > max_elements:
        raise PayloadTooLarge(f"the array has {count} elements; {max_elements} at most are taken")
    if count * dtype.itemsize != len(body) - start:
        raise MalformedBody(
            f"the array says shape {list(shape)} of {dtype}, {count * dtype.itemsize} bytes, "
            f"but {len(body) - start} came"
        )
    flat = np.frombuffer(body, dtype, count, start) if len(body) > start else np.empty(0, dtype)
    return _native(flat).reshape(shape, order="F" if fortran else "C")


def header(body: bytes) -> tuple["np.dtype[Any]", bool, tuple[int, ...], int]:
    """dtype, whether the first axis is the fastest, shape, and where the data starts.

    The header is a Python dict in text; it is read by pattern and never evaluated. Raises
    MalformedBody, WrongDatatype.
    """
    text, start = _header_text(body)
    descr, order, shape = _DESCR.search(text), _ORDER.search(text), _SHAPE.search(text)
    if not (descr and order and shape):
        raise MalformedBody("the header of the .npy file is damaged")
    if not _READ.fullmatch(descr[1]):
        raise WrongDatatype(f"an array of {descr[1][:40]!r} is not read; send numbers or strings")
    sides = [side.strip().removesuffix("L") for side in shape[1].split(",")]
    if any(len(side) > 18 for side in sides) or len(sides) > 33:
        raise MalformedBody(f"the .npy file says shape ({shape[1][:60]}…)")
    try:
        return np.dtype(descr[1]), order[1] == "True", tuple(int(s) for s in sides if s), start
    except (TypeError, ValueError):
        raise MalformedBody("the header of the .npy file is damaged") from None


def _header_text(body: bytes) -> tuple[str, int]:
    if body[:6] != b"\x93NUMPY" or len(body) < 12:
        raise MalformedBody("the body is no .npy file")
    width = {1: 2, 2: 4, 3: 4}.get(body[6])
    if width is None:
        raise MalformedBody(f"version {body[6]}.{body[7]} of the .npy format is not read here")
    length = int.from_bytes(body[8 : 8 + width], "little")
    start = 8 + width + length
    if length > _MAX_HEADER or start > len(body):
        raise MalformedBody("the header of the .npy file is cut")
    return body[8 + width : start].decode("latin-1"), start


def _native(flat: Array) -> Array:
    kind = flat.dtype.kind
    if kind == "b":
        flags: Array = flat.view(np.uint8) != 0  # bytes other than 0 and 1 are true as well
        return flags
    if kind not in "SU":
        return flat.astype(flat.dtype.newbyteorder("="), copy=False)
    return (_decoded(flat) if kind == "S" else _checked(flat)).astype(object)


def _decoded(flat: Array) -> Array:
    try:
        return np.strings.decode(flat, "utf-8")
    except UnicodeDecodeError:
        raise MalformedBody("the .npy file has a string that is not UTF-8") from None


def _checked(flat: Array) -> Array:
    """`flat`, whose characters are all of Unicode; others would crash or be unwritable later."""
    points = flat.view(np.dtype(np.uint32).newbyteorder(flat.dtype.byteorder))
    if ((points > 0x10FFFF) | ((points >= 0xD800) & (points < 0xE000))).any():
        raise MalformedBody("the .npy file has a character that is not in Unicode")
    return flat
