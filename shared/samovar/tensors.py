"""Tensors from and to their JSON forms, checked against what a model takes."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from samovar.errors import MissingTensor, PayloadTooLarge, WrongDatatype, WrongShape
from samovar.tensor_values import MANY, MAX_DIMS, build, flatten, numbers
from samovar.types import DTYPES, Array, TensorSpec

BINARY_ONLY = frozenset({"FP16", "BF16"})
"""Datatypes that the protocol gives no JSON form."""


def element_count(name: str, shape: Sequence[Any], limit: int) -> int:
    """The product of a shape that a client sent. Raises WrongShape, PayloadTooLarge."""
    if len(shape) > MAX_DIMS:
        raise WrongShape(f"tensor '{name}': shape has {len(shape)} dimensions, over {MAX_DIMS}")
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


def admits(spec: TensorSpec, shape: Any, limit: int) -> bool:
    """Whether what a client sent as a shape is one that `element_count` and `fits` both take."""
    if type(shape) is not list or len(shape) != len(spec.shape):
        return False
    count = 1
    for want, got in zip(spec.shape, shape, strict=True):
        if type(got) is not int or got < 0 or want not in (-1, got):
            return False
        count *= got
    return count <= limit


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
    count = prod(shape)
    if len(data) == count < MANY:
        plain = numbers(data, DTYPES[datatype], shape)
        if plain is not None:
            return plain
    found, shape = flatten(name, datatype, data), tuple(shape)
    if len(found.values) != count:
        raise WrongShape(
            f"tensor '{name}': data has {len(found.values)} elements, but shape "
            f"{_said(list(shape))} has {count}"
        )
    if len(found.shape) > 1 and found.shape != shape and count:
        raise WrongShape(
            f"tensor '{name}': data is nested as {list(found.shape)}, but shape is {list(shape)}"
        )
    return build(name, datatype, found).reshape(shape)


def to_json(name: str, array: Array) -> Array | list[str]:
    """An array flat, in the form that orjson writes: NaN and infinities become null there.

    Raises WrongDatatype for a BYTES element that is not UTF-8: it needs binary output.
    """
    if array.dtype.kind not in "OU":
        return array.ravel()
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
    found = flatten(spec.name, spec.datatype, plain)
    return build(spec.name, spec.datatype, found).reshape(found.shape)


def _said(value: list[Any]) -> str:
    """A client's list, cut to a length that fits a message."""
    shown = repr(value[:MAX_DIMS])
    return shown if len(shown) <= 120 else f"{shown[:120]}…"
