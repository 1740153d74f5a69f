"""Texts for graphs that take them as they are, as those of scikit-learn's vectorizers do."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import Array, Kind
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class TextTensor(Pure):
    """Texts as one BYTES tensor: (batch, 1) as a `column`, (batch) where it is `flat`."""

    takes: ClassVar[Kind] = Kind.TEXT
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str
    layout: Literal["column", "flat"] = "column"

    def __post_init__(self) -> None:
        if not self.tensor:
            raise ParamError("tensor", "must name a tensor")

    def apply(self, batch: Sequence[str]) -> dict[str, Array]:
        """The tensor by its name."""
        texts = np.array(batch, object)
        return {self.tensor: texts[:, None] if self.layout == "column" else texts}
