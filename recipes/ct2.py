"""Reading a CTranslate2 model file: names to arrays, as views of its bytes."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = Mapping[str, Array]

VERSION = 6
_DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)


class _Reader:
    """Values one after the other, little-endian."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at = body, 0

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from(f"<{code}", self.body, self.at)
        self.at += struct.calcsize(f"<{code}")
        return int(value)

    def name(self) -> str:
        """A text behind its length, with a zero at its end."""
        size = self.number("H")
        text = self.body[self.at : self.at + size - 1].decode()
        self.at += size
        return text

    def array(self) -> Array:
        shape = [self.number("I") for _ in range(self.number("B"))]
        dtype = np.dtype(_DTYPES[self.number("B")])
        size = self.number("I")
        found = np.frombuffer(self.body, dtype, size // dtype.itemsize, self.at)
        self.at += size
        return found.reshape(shape)


def read_weights(body: bytes) -> Weights:
    """The variables of a model file, shared ones under each of their names.

    Raises ValueError for a file of another version, or with bytes left over.
    """
    reader = _Reader(body)
    if (version := reader.number("I")) != VERSION:
        raise ValueError(f"a CTranslate2 file of version {version}, not {VERSION}")
    reader.name()  # what it is a model of
    reader.number("I")  # and the revision of that
    weights = {reader.name(): reader.array() for _ in range(reader.number("I"))}
    aliases = {reader.name(): reader.name() for _ in range(reader.number("I"))}
    if reader.at != len(body):
        raise ValueError(f"{len(body) - reader.at} bytes after the model's end")
    return weights | {alias: weights[name] for alias, name in aliases.items()}
