"""Tensors from and to the protocol's binary form: little-endian, row-major, no padding."""

from collections.abc import Sequence
from math import prod

import numpy as np

from samovar.errors import MalformedBody, WrongDatatype, WrongShape
from samovar.types import DTYPES, Array


def from_binary(name: str, datatype: str, shape: Sequence[int], raw: memoryview) -> Array:
    """The bytes as an array of `shape`: a view where alignment allows it.

    BYTES elements stay bytes. Raises WrongShape where sizes do not add up, WrongDatatype for
    a BOOL that is neither 0 nor 1, MalformedBody for a BYTES element without an end.
    """
    if datatype == "BYTES":
        return _split(name, raw, prod(shape)).reshape(tuple(shape))
    dtype = DTYPES[datatype]
    if len(raw) != prod(shape) * dtype.itemsize:
        raise WrongShape(
            f"tensor '{name}': shape {list(shape)} of {datatype} is "
            f"{prod(shape) * dtype.itemsize} bytes, but binary_data_size is {len(raw)}"
        )
    if datatype == "BOOL":
        flags = np.frombuffer(raw, np.uint8)
        if flags.size and flags.max() > 1:
            raise WrongDatatype(f"tensor '{name}': a BOOL in binary data is one byte, 0 or 1")
    array = np.frombuffer(raw, dtype).reshape(tuple(shape))
    return array if array.flags.aligned else array.copy()


def _split(name: str, raw: memoryview, count: int) -> Array:
    """Elements of a 4-byte little-endian length and that many bytes, as they stand."""
    if count * 4 > len(raw):
        raise WrongShape(f"tensor '{name}': {len(raw)} bytes cannot hold {count} BYTES elements")
    values: list[bytes] = []
    at, end = 0, len(raw)
    while at < end:
        stop = at + 4 + int.from_bytes(raw[at : at + 4], "little")
        if at + 4 > end or stop > end:
            raise MalformedBody(f"tensor '{name}': a BYTES element runs past the tensor's end")
        values.append(bytes(raw[at + 4 : stop]))
        at = stop
    if len(values) != count:
        raise WrongShape(f"tensor '{name}': has {len(values)} BYTES elements, shape says {count}")
    array = np.empty(count, dtype=object)
    array[:] = values
    return array


def to_binary(array: Array) -> bytes | memoryview:
    """The protocol's binary form of an array: the array's own memory where it lies in order."""
    if array.dtype.kind not in "OU":
        return array.ravel().view(np.uint8).data
    parts: list[bytes] = []
    for value in array.flat:
        item = value if isinstance(value, bytes) else str(value).encode()
        parts += (len(item).to_bytes(4, "little"), item)
    return b"".join(parts)
