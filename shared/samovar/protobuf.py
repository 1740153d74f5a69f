"""Protobuf's wire format: the fields of a message, without its schema and without copies.

As strict as the C++ reader under onnxruntime, or stricter: bytes that the two would read
as different fields could hide from our checks what onnxruntime then opens.
"""

from collections.abc import Iterator

from samovar.errors import ModelCorrupt

_VARINT, _I64, _BYTES, _I32 = 0, 1, 2, 5
_MAX_KEY = (1 << 32) - 1  # the C++ reader drops the bits above, and so finds another field
Field = tuple[int, int, int]
"""Field number, then start and end of bytes, or the value of an integer and −1."""


def fields(view: memoryview, at: int, end: int) -> Iterator[Field]:
    """The fields of the message in `view[at:end]`, in order. Raises ModelCorrupt."""
    while at < end:
        key, at = _varint(view, at, end)
        number, wire = key >> 3, key & 7
        if not 8 <= key <= _MAX_KEY:
            raise ModelCorrupt("the file is not an ONNX model: it has a field of no number")
        if wire == _VARINT:
            value, at = _varint(view, at, end)
            yield number, value, -1
            continue
        size, at = _varint(view, at, end) if wire == _BYTES else (_fixed(wire), at)
        if at + size > end:
            raise ModelCorrupt("the file is not an ONNX model, or it is cut short")
        if wire == _BYTES:
            yield number, at, at + size
        at += size


def text(view: memoryview, start: int, end: int) -> str:
    """The string in a field of bytes. Raises ModelCorrupt for an integer."""
    if end < 0:
        raise ModelCorrupt("the file is not an ONNX model: a name is not text")
    return bytes(view[start:end]).decode("utf-8", "replace")


def last_text(view: memoryview, start: int, end: int, wanted: int) -> str:
    """The string field `wanted` of a message: the last of several counts, as in protobuf."""
    found = ""
    for number, at, to in fields(view, start, end):
        if number == wanted:
            found = text(view, at, to)
    return found


def _fixed(wire: int) -> int:
    if wire == _I64:
        return 8
    if wire == _I32:
        return 4
    raise ModelCorrupt("the file is not an ONNX model")


def _varint(view: memoryview, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ModelCorrupt("the file is not an ONNX model, or it is cut short")
