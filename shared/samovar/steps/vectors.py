"""Vectors and numbers → what a person reads."""

from typing import ClassVar

import numpy as np

from samovar.steps.answers import Answer, check_columns
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.steps.selection import matrix, pick
from samovar.types import Kind, Tensors
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class EmbeddingAnswer(Pure):
    """A vector a row: `{"embedding": array}`, dtype and width as the model gives them."""

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    tensor: str = ""

    def apply(self, batch: Tensors) -> list[Answer]:
        """One answer a row."""
        vectors = matrix(pick(batch, self.tensor, "embedding"), "embedding")
        return [{"embedding": row} for row in np.ascontiguousarray(vectors)]


@dataclass(frozen=True, slots=True)
class Regression(Pure):
    """A number a row: `{"value": float}`, with `"unit"` where there is one.

    value = clip(`scale` · tensor + `offset`, `minimum`, `maximum`), computed in float64.
    `tensor` is (rows,) or (rows, 1). NaN and infinities give the value null.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    tensor: str = ""
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ParamError("minimum", f"must not be over the maximum, {self.maximum}")

    def apply(self, batch: Tensors) -> list[Answer]:
        """One answer a row."""
        found = matrix(pick(batch, self.tensor, "regression"), "regression")
        check_columns(found, 1, "regression")
        values = found[:, 0].astype(np.float64) * self.scale + self.offset
        finite = np.isfinite(values).tolist()
        if self.minimum is not None or self.maximum is not None:
            values = np.clip(values, self.minimum, self.maximum)
        unit = {"unit": self.unit} if self.unit else {}
        return [
            {"value": value if good else None, **unit}
            for value, good in zip(values.tolist(), finite, strict=True)
        ]
