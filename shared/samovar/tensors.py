"""Tensors from and to their JSON forms, checked against what a model takes.

Numeric work is whole-array. Values that JSON brings are looked at once, by type and in C:
numpy would take `true` for 1 and "7" for 7, and room for a thousand long texts where one
text stands among numbers.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from math import prod
from typing import Any, NamedTuple, NoReturn

import numpy as np

from samovar.errors import MissingTensor, PayloadTooLarge, WrongDatatype, WrongShape
from samovar.types import DTYPES, Array, TensorSpec

BINARY_ONLY = frozenset({"FP16", "BF16"})
"""Datatypes that the protocol gives no JSON form."""

_MAX_DIMS = 32


def element_count(name: str, shape: Sequence[Any], limit: int) -> int:
    """The product of a shape that a client sent. Raises WrongShape, PayloadTooLarge."""
    if len(shape) > _MAX_DIMS:
        raise WrongShape(f"tensor '{name}': shape has {len(shape)} dimensions, over {_MAX_DIMS}")
    if any(type(size) is not int or size < 0 for size in shape):
        raise WrongShape(
            f"tensor '{name}': shape {_said(list(shape))} must hold whole numbers of 0 or more"
        )
    count: int = prod(shape)
    if count > limit:
        raise PayloadTooLarge(
            f"tensor '{name}': shape {_said(list(shape))} is over {limit} elements"
        )
    return count


def check_spec(spec: TensorSpec, datatype: str, shape: Sequence[int]) -> None:
    """Raises WrongDatatype or WrongShape where a tensor is not what the model takes."""
    if datatype != spec.datatype:
        raise WrongDatatype(
            f"input '{spec.name}' takes datatype {spec.datatype}, but the request says {datatype}"
        )
    if not fits(spec, shape):
        raise WrongShape(
            f"input '{spec.name}' takes shape {list(spec.shape)} (-1 is free), "
            f"but the request says {_said(list(shape))}"
        )


def fits(spec: TensorSpec, shape: Sequence[int]) -> bool:
    """Whether a shape is one that a tensor's spec allows."""
    return len(shape) == len(spec.shape) and all(
        want in (-1, got) for want, got in zip(spec.shape, shape, strict=True)
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
    found = _flatten(name, data)
    shape = tuple(shape)
    if len(found.values) != prod(shape):
        raise WrongShape(
            f"tensor '{name}': data has {len(found.values)} elements, but shape "
            f"{_said(list(shape))} has {prod(shape)}"
        )
    if len(found.shape) > 1 and found.shape != shape and found.values:
        raise WrongShape(
            f"tensor '{name}': data is nested as {list(found.shape)}, but shape is {list(shape)}"
        )
    return _array(name, datatype, found).reshape(shape)


class _Flat(NamedTuple):
    shape: tuple[int, ...]
    values: list[Any]
    kinds: set[type]


def _flatten(name: str, data: list[Any]) -> _Flat:
    """Lists within lists as one list and its shape. Raises WrongShape where they are uneven."""
    shape, values, kinds = [len(data)], data, set(map(type, data))
    while list in kinds:
        sizes = set(map(len, values)) if len(kinds) == 1 else set()
        if len(sizes) != 1 or len(shape) == _MAX_DIMS:
            raise WrongShape(f"tensor '{name}': data is nested unevenly")
        shape.append(sizes.pop())
        values = list(chain.from_iterable(values))
        kinds = set(map(type, values))
    return _Flat(tuple(shape), values, kinds)


_ALLOWED: Mapping[str, frozenset[type]] = {
    "b": frozenset({bool, int}),
    "i": frozenset({int}),
    "u": frozenset({int}),
    "f": frozenset({int, float, type(None)}),
    "O": frozenset({str}),
}
_SAID: Mapping[str, str] = {
    "b": "true or false",
    "i": "whole numbers within its range",
    "u": "whole numbers within its range",
    "f": "numbers within its range; null is NaN",
    "O": "strings",
}


def _array(name: str, datatype: str, found: _Flat) -> Array:
    """(values,) of `datatype`. Raises WrongDatatype for a value that it cannot hold."""
    dtype = DTYPES[datatype]
    if not found.kinds <= _ALLOWED[dtype.kind]:
        _refuse(name, datatype)
    if dtype.kind == "O":
        array: Array = np.empty(len(found.values), dtype)
        array[:] = found.values
        return array
    wide = {"b": np.int64, "f": np.float64}.get(dtype.kind, dtype)
    try:
        return _narrow(name, datatype, np.array(found.values, wide))
    except OverflowError:
        _refuse(name, datatype)


def _narrow(name: str, datatype: str, wide: Array) -> Array:
    """An array as `datatype`, where all of its values fit."""
    dtype = DTYPES[datatype]
    if dtype.kind == "b" and wide.size and (wide.min() < 0 or wide.max() > 1):
        _refuse(name, datatype)
    with np.errstate(over="ignore"):
        array: Array = wide.astype(dtype, copy=False)
    if dtype.kind == "f" and (np.isinf(array) & ~np.isinf(wide)).any():
        _refuse(name, datatype)
    return array


def _refuse(name: str, datatype: str) -> NoReturn:
    raise WrongDatatype(
        f"tensor '{name}': data has a value that {datatype} cannot hold; "
        f"it takes {_SAID[DTYPES[datatype].kind]}"
    )


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
    """One tensor from rows of values by input name; each row's value lacks the batch axis.

    A value is JSON's, or an array of numbers or strings. Raises MissingTensor,
    WrongDatatype, WrongShape.
    """
    for number, row in enumerate(rows):
        if spec.name not in row:
            raise MissingTensor(f"row {number} lacks input '{spec.name}'")
    values = [row[spec.name] for row in rows]
    if not values:
        return np.empty((0, *(max(size, 0) for size in spec.shape[1:])), DTYPES[spec.datatype])
    array = _stacked(
        spec, [v.tolist() if isinstance(v, np.ndarray | np.generic) else v for v in values]
    )
    if len(spec.shape) == array.ndim + 1:  # a scalar a row for a column of shape [-1, 1]
        array = array[..., None]
    check_spec(spec, spec.datatype, array.shape)
    return array


def _stacked(spec: TensorSpec, values: list[Any]) -> Array:
    plain = [v.tolist() if isinstance(v, np.ndarray | np.generic) else v for v in values]
    found = _flatten(spec.name, plain)
    return _array(spec.name, spec.datatype, found).reshape(found.shape)


def _said(value: list[Any]) -> str:
    """A client's list, cut to a length that fits a message."""
    shown = repr(value[:_MAX_DIMS])
    return shown if len(shown) <= 120 else f"{shown[:120]}…"
