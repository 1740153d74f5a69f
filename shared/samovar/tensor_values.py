"""Values that JSON brings, as whole arrays.

They are looked at once, by type and in C: numpy would take `true` for 1 and "7" for 7, and
room for a thousand long texts where one text stands among numbers.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, compress
from math import hypot, inf
from typing import Any, NamedTuple

import numpy as np

from samovar.errors import WrongDatatype, WrongShape
from samovar.types import DTYPES, Array

MAX_DIMS = 32
MANY = 1024  # values; fewer are through before the quicker way has begun


def numbers(values: list[Any], dtype: np.dtype[Any], shape: Sequence[int]) -> Array | None:
    """A short flat list of numbers that surely fit, as an array.

    None for any other: `flatten` and `build` take that, or say what is wrong with it. No value
    is larger than the length of the vector that they are together.
    """
    kind = _NUMBERS.get(dtype.kind)
    kinds = list(map(type, values))
    if kind is None or kinds.count(kind) != len(kinds):
        return None
    if kind is float and not hypot(*values) < _LARGEST.get(dtype.char, 0.0):
        return None
    try:
        return np.ndarray(shape, dtype, array(dtype.char, values))
    except OverflowError:
        return None


_NUMBERS: Mapping[str, type] = {"f": float, "i": int, "u": int}
_LARGEST: Mapping[str, float] = {"f": 3.4e38, "d": inf}


class Flat(NamedTuple):
    """Lists within lists as one: their shape, their values, and the types of these."""

    shape: tuple[int, ...]
    values: Sequence[Any] | Array
    kinds: set[type]


def flatten(name: str, datatype: str, data: list[Any]) -> Flat:
    """Lists within lists as one. Raises WrongShape where they are uneven."""
    shape, values = [len(data)], data
    floating = DTYPES[datatype].kind == "f"
    while True:
        if floating and len(values) >= MANY and (doubles := _doubles(values)) is not None:
            return Flat(tuple(shape), doubles, {float})
        kinds = _kinds(values)
        if list not in kinds:
            return Flat(tuple(shape), values, kinds)
        sizes = set(map(len, values)) if len(kinds) == 1 else set()
        if len(sizes) != 1 or len(shape) == MAX_DIMS:
            raise WrongShape(f"tensor '{name}': data is nested unevenly")
        shape.append(sizes.pop())
        values = list(chain.from_iterable(values))


def _kinds(values: list[Any]) -> set[type]:
    """The types of the values: mostly one, which is counted in half the time of a set."""
    if not values:
        return set()
    kinds = list(map(type, values))
    return {kinds[0]} if kinds.count(kinds[0]) == len(kinds) else set(kinds)


def _doubles(values: list[Any]) -> Array | None:
    """float64 (values,), in half the time; None where there is anything but numbers among them.

    An `array` refuses all but booleans itself, and those stand among the zeros and ones.
    """
    try:
        found = np.frombuffer(array("d", values))
    except TypeError:
        return None
    doubtful = (found == 0) | (found == 1)
    if doubtful.any() and bool in set(map(type, compress(values, doubtful.tobytes()))):
        return None
    return found


def build(name: str, datatype: str, found: Flat) -> Array:
    """(values,) of `datatype`. Raises WrongDatatype for a value that it cannot hold."""
    dtype = DTYPES[datatype]
    form = _FORMS[dtype.kind]
    if not found.kinds <= form.takes:
        raise _refusal(name, datatype, form.said)
    try:
        return form.build(found.values, dtype)
    except (OverflowError, FloatingPointError):
        raise _refusal(name, datatype, form.said) from None


def _refusal(name: str, datatype: str, said: str) -> WrongDatatype:
    return WrongDatatype(
        f"tensor '{name}': data has a value that {datatype} cannot hold; it takes {said}"
    )


def _whole(values: Sequence[Any] | Array, dtype: np.dtype[Any]) -> Array:
    return np.array(values, dtype)  # raises OverflowError for what is out of its range


def _floating(values: Sequence[Any] | Array, dtype: np.dtype[Any]) -> Array:
    with np.errstate(over="raise"):  # a double that is too large is no infinity
        return np.array(values, dtype)


def _flags(values: Sequence[Any] | Array, dtype: np.dtype[Any]) -> Array:
    wide = np.array(values, np.int64)
    if wide.size and (wide.min() < 0 or wide.max() > 1):
        raise OverflowError
    return wide.astype(dtype)


def _objects(values: Sequence[Any] | Array, dtype: np.dtype[Any]) -> Array:
    found: Array = np.empty(len(values), dtype)
    found[:] = values
    return found


class _Form(NamedTuple):
    """How values become a kind of array: their types, as said to a client, and the array."""

    takes: frozenset[type]
    said: str
    build: Callable[[Sequence[Any] | Array, np.dtype[Any]], Array]


_WHOLE = _Form(frozenset({int}), "whole numbers within its range", _whole)
_FORMS: Mapping[str, _Form] = {
    "b": _Form(frozenset({bool, int}), "true or false", _flags),
    "i": _WHOLE,
    "u": _WHOLE,
    "f": _Form(
        frozenset({int, float, type(None)}), "numbers within its range; null is NaN", _floating
    ),
    "O": _Form(frozenset({str}), "strings", _objects),
}
"""numpy's kind of a datatype → its form."""
