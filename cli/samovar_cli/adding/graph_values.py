"""Small values within an ONNX file: whole numbers, strings, the names of axes.

Field numbers are those of onnx.proto.
"""

from collections.abc import Iterator

from samovar.protobuf import fields, last_text, text

WIDTHS = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
"""TensorProto.DataType → bytes of a value; strings have none."""


def few_values(view: memoryview, start: int, end: int, datatype: int) -> Iterator[str]:
    """Strings and whole numbers of a tensor; nothing of one that holds others."""
    for number, at, to in fields(view, start, end):
        if number == 6 and datatype == 8:
            yield text(view, at, to)
        elif number in (5, 7) and datatype in (6, 7):
            yield from map(str, whole_numbers(view, at, to))
        elif number == 9 and datatype in (6, 7) and to >= 0:
            width = WIDTHS[datatype]
            for byte in range(at, to, width):
                yield str(int.from_bytes(view[byte : byte + width], "little", signed=True))


def whole_numbers(view: memoryview, value: int, end: int) -> list[int]:
    """One integer of a field that repeats, or all of them where they are packed."""
    if end == -1:
        return [_signed(value)]
    found, shift, number = [], 0, 0
    for byte in view[value:end]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(_signed(number))
            shift = number = 0
    return found


def axis_names(view: memoryview, start: int, end: int) -> tuple[str, ...]:
    """The name of each axis of a tensor's ValueInfo, "" where it has none."""
    ranges = [(start, end)]
    for wanted in (2, 1, 2, 1):  # its type → tensor → shape → axes
        ranges = [
            (at, to)
            for a, b in ranges
            for number, at, to in fields(view, a, b)
            if number == wanted and to >= 0
        ]
    return tuple(last_text(view, at, to, 2) for at, to in ranges)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
