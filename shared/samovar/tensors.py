"""Tensors from and to their wire forms, checked: JSON numbers, raw bytes, rows.

Numeric work is whole-array: no value passes through Python one at a time, except the
elements of BYTES tensors, which are Python objects anyway.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from samovar.errors import (
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    WrongDatatype,
    WrongShape,
)
from samovar.types import DTYPES, Array, TensorSpec

BINARY_ONLY = frozenset({"FP16", "BF16"})
"""Datatypes that the protocol gives no JSON form."""


def element_count(name: str, shape: Sequence[Any], limit: int) -> int:
    """The product of a shape that a client sent. Raises WrongShape, PayloadTooLarge."""
    if any(type(size) is not int or size < 0 for size in shape):
        raise WrongShape(f"tensor '{name}': shape {list(shape)!r} must hold integers of 0 or more")
    count: int = prod(shape)
    if count > limit or len(shape) > 32:
        raise PayloadTooLarge(f"tensor '{name}': shape {list(shape)} is over {limit} elements")
    return count


def check_spec(spec: TensorSpec, datatype: str, shape: Sequence[int]) -> None:
    """Raises WrongDatatype or WrongShape where a tensor is not what the model takes."""
    if datatype != spec.datatype:
        raise WrongDatatype(
            f"input '{spec.name}' takes datatype {spec.datatype}, but the request says {datatype}"
        )
    fits = len(shape) == len(spec.shape) and all(
        want in (-1, got) for want, got in zip(spec.shape, shape, strict=True)
    )
    if not fits:
        raise WrongShape(
            f"input '{spec.name}' takes shape {list(spec.shape)} (-1 is free), "
            f"but the request says {list(shape)}"
        )


def from_json(name: str, datatype: str, shape: Sequence[int], data: Any) -> Array:
    """JSON numbers, booleans or strings, nested or flat, as an array of `shape`.

    `null` in a floating-point tensor is NaN, which JSON cannot write. Raises WrongDatatype
    for a value that the datatype cannot hold exactly (1.5 or 2**70 as INT64), WrongShape
    where the count or the nesting does not match.
    """
    if datatype in BINARY_ONLY:
        raise WrongDatatype(f"tensor '{name}': {datatype} has no JSON form; send it as binary data")
    if not isinstance(data, list):
        raise WrongShape(f"tensor '{name}': data must be a list of values")
    array = _strings(name, data) if datatype == "BYTES" else _numbers(name, datatype, data)
    shape = tuple(shape)
    if array.size != prod(shape):
        raise WrongShape(
            f"tensor '{name}': data has {array.size} elements, but shape {list(shape)} "
            f"has {prod(shape)}"
        )
    if array.ndim > 1 and array.shape != shape and array.size:
        raise WrongShape(
            f"tensor '{name}': data is nested as {list(array.shape)}, but shape is {list(shape)}"
        )
    return array.reshape(shape)


def _strings(name: str, data: list[Any]) -> Array:
    try:
        array = np.array(data, dtype=object)
    except ValueError:
        raise WrongShape(f"tensor '{name}': data is nested unevenly") from None
    if any(type(value) is not str for value in array.flat):
        raise WrongDatatype(f"tensor '{name}': a BYTES tensor takes strings in JSON")
    return array


def _numbers(name: str, datatype: str, data: list[Any]) -> Array:
    dtype = DTYPES[datatype]
    try:
        raw = np.asarray(data)
    except (ValueError, OverflowError):
        raise WrongShape(f"tensor '{name}': data is nested unevenly") from None
    if not raw.size:
        return raw.astype(dtype)
    cast = {"b": _to_bool, "i": _to_integer, "u": _to_integer, "f": _to_float}[dtype.kind]
    array = cast(raw, dtype, data)
    if array is None:
        raise WrongDatatype(
            f"tensor '{name}': data has a value that {datatype} cannot hold "
            f"({_RANGE.get(dtype.kind, '')})"
        )
    return array


_RANGE = {
    "b": "true or false",
    "i": "whole numbers within the range of the datatype",
    "u": "whole numbers within the range of the datatype",
    "f": "numbers within the range of the datatype; null is NaN",
}


def _to_bool(raw: Array, dtype: "np.dtype[Any]", data: list[Any]) -> Array | None:  # noqa: ARG001 - one shape for all casts
    if raw.dtype.kind == "b" or (raw.dtype.kind in "iu" and raw.min() >= 0 and raw.max() <= 1):
        return raw.astype(dtype)
    return None


def _to_integer(raw: Array, dtype: "np.dtype[Any]", data: list[Any]) -> Array | None:
    if raw.dtype.kind in "fO":
        # Mixing small and huge integers makes numpy fall back to float64 or objects,
        # which would lose digits: look at the Python values themselves.
        raw = np.array(data, dtype=object)
        if any(type(value) is not int for value in raw.flat):
            return None
    elif raw.dtype.kind not in "iu":
        return None
    info = np.iinfo(dtype)
    if raw.min() < info.min or raw.max() > info.max:
        return None
    return raw.astype(dtype)


def _to_float(raw: Array, dtype: "np.dtype[Any]", data: list[Any]) -> Array | None:  # noqa: ARG001 - one shape for all casts
    if raw.dtype.kind == "O":
        if any(type(value) not in (int, float, type(None)) for value in raw.flat):
            return None
        raw = raw.astype(np.float64)
    if raw.dtype.kind not in "iuf":
        return None
    with np.errstate(over="ignore"):
        array = raw.astype(dtype)
    return None if np.isinf(array).any() else array


def from_binary(name: str, datatype: str, shape: Sequence[int], raw: memoryview) -> Array:
    """Little-endian, row-major bytes as an array of `shape`: a view where alignment allows it."""
    if datatype == "BYTES":
        return _split_bytes(name, raw, prod(shape)).reshape(tuple(shape))
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


def _split_bytes(name: str, raw: memoryview, count: int) -> Array:
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


def to_binary(array: Array) -> bytes:
    """The protocol's binary form of an array."""
    if array.dtype.kind not in "OU":
        return np.ascontiguousarray(array).tobytes()
    parts: list[bytes] = []
    for value in array.flat:
        item = value if isinstance(value, bytes) else str(value).encode()
        parts += (len(item).to_bytes(4, "little"), item)
    return b"".join(parts)


def to_json(name: str, array: Array) -> Array | list[str]:
    """An array flat, in the form that orjson writes: NaN and infinities become null there.

    Raises WrongDatatype for a BYTES element that is not UTF-8: it needs binary output.
    """
    if array.dtype.kind not in "OU":
        return np.ascontiguousarray(array).reshape(-1)
    try:
        return [v.decode() if isinstance(v, bytes) else str(v) for v in array.flat]
    except UnicodeDecodeError:
        raise WrongDatatype(
            f"output '{name}' has bytes that are not UTF-8; ask for it with binary_data"
        ) from None


def from_rows(spec: TensorSpec, rows: Sequence[Mapping[str, Any]]) -> Array:
    """One tensor from rows of values by input name; each row's value lacks the batch axis."""
    values = []
    for number, row in enumerate(rows):
        if spec.name not in row:
            raise MissingTensor(f"row {number} lacks '{spec.name}'")
        values.append(row[spec.name])
    if not values:
        return np.empty((0, *(max(size, 0) for size in spec.shape[1:])), DTYPES[spec.datatype])
    flat = _strings(spec.name, values) if spec.datatype == "BYTES" else None
    array = flat if flat is not None else _numbers(spec.name, spec.datatype, values)
    if len(spec.shape) == array.ndim + 1:  # a scalar a row for a column of shape [-1, 1]
        array = array[..., None]
    check_spec(spec, spec.datatype, array.shape)
    return array
