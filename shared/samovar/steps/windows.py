"""Bytes → token windows from both ends of a file."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import DTYPES, Array, Kind
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class ByteWindows(Pure):
    """Head and tail of each file as tokens: (batch, beginning + end) of `datatype`.

    Of each file's first and last `block_size` bytes (ASCII whitespace stripped from the
    outer side with `strip`) the outermost `beginning` and `end` are taken, a token each
    (0…255); `padding` fills the head on its right and the tail on its left. A file of
    nothing but whitespace keeps its first byte, so that it does not look empty.
    Source: the feature extraction of magika 1.0.
    """

    takes: ClassVar[Kind] = Kind.BYTES
    gives: ClassVar[Kind] = Kind.TENSORS

    name: str = "bytes"
    beginning: int = 1024
    end: int = 1024
    padding: int = 256
    strip: bool = True
    block_size: int = 4096
    datatype: Literal["INT32", "INT64", "UINT16", "FP32"] = "INT32"

    def __post_init__(self) -> None:
        for key in ("beginning", "end", "padding"):
            if getattr(self, key) < 0:
                raise ParamError(key, f"must be 0 or more, not {getattr(self, key)}")
        if self.padding > 65535:
            raise ParamError("padding", "must be 65535 at most")
        if self.block_size < max(self.beginning, self.end, 1):
            raise ParamError("block_size", "must be at least the size of each window")

    def apply(self, batch: Sequence[bytes]) -> dict[str, Array]:
        """One row of tokens a file."""
        shape = (len(batch), self.beginning + self.end)
        tokens = np.full(shape, self.padding, DTYPES[self.datatype])
        for row, content in zip(tokens, batch, strict=True):
            head, tail = self._windows(content)
            row[: len(head)] = np.frombuffer(head, np.uint8)
            row[len(row) - len(tail) :] = np.frombuffer(tail, np.uint8)
        return {self.name: tokens}

    def _windows(self, content: bytes) -> tuple[bytes, bytes]:
        first, last = content[: self.block_size], content[-self.block_size :]
        if self.strip:
            first, last = first.lstrip() or first[:1], last.rstrip()
        return first[: self.beginning], last[max(len(last) - self.end, 0) :]
