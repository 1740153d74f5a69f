"""Unit vectors in fewer bytes, and how near a query they lie.

A row of 384 numbers takes 1,536 bytes as float32. As int8 with a scale of its own it takes a
quarter, and no cosine moves by more than a hundredth; as float16 a half, and none moves by more
than a thousandth, but numpy takes ten times as long. docs/search.md has what that does to answers.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from samovar.types import Array
from samovar.values import dataclass

_AT_ONCE = 512
"""Rows that are made float32 at a time: what is kept small stays small while it is searched."""

PRECISIONS: Mapping[str, np.dtype[Any]] = {
    "int8": np.dtype("i1"),
    "float16": np.dtype("<f2"),
    "float32": np.dtype("<f4"),
}
"""How numbers may be kept; the first is the usual one."""
USUAL = next(iter(PRECISIONS))


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows as they are kept: (rows, width) of a precision, float32 (rows,) what each is times."""

    rows: Array
    scales: Array

    @property
    def nbytes(self) -> int:
        """The bytes of both."""
        return int(self.rows.nbytes + self.scales.nbytes)


def pack(vectors: Array, precision: str) -> Packed:
    """float32 (rows, width) of numbers from −1 to 1 as they are kept."""
    dtype = PRECISIONS[precision]
    if dtype.kind != "i":
        return Packed(vectors.astype(dtype), np.ones(len(vectors), np.float32))
    largest = np.abs(vectors).max(axis=1, initial=0)
    scales = (np.maximum(largest, 1e-12) / 127).astype(np.float32)
    return Packed(np.rint(vectors / scales[:, None]).astype(dtype), scales)


def unpack(packed: Packed) -> Array:
    """float32 (rows, width), as near what was packed as its precision allows."""
    found: Array = packed.rows.astype(np.float32) * packed.scales[:, None]
    return found


def cosines(packed: Packed, query: Array) -> Array:
    """float32 (rows,): the product of each row with a unit vector, float32 (width,)."""
    found = np.empty(len(packed.rows), np.float32)
    for at in range(0, len(found), _AT_ONCE):
        some = packed.rows[at : at + _AT_ONCE].astype(np.float32)
        found[at : at + _AT_ONCE] = some @ query
    found *= packed.scales
    return found
