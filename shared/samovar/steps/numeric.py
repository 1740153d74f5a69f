"""Tensors of columns: scaled, one-hot encoded, joined."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.errors import ManifestInvalid, WrongDatatype
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.steps.selection import matrix, pick, picked_name
from samovar.types import Array, Kind, Tensors
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Scale(Pure):
    """(tensor − `mean`) / `std`, float32, of the shape it had.

    `mean` and `std` are one number, or one for each column of the last axis. Computed in
    float64 and rounded once. NaN stays NaN. Equal to scikit-learn's StandardScaler with
    its `mean_` and `scale_`.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    mean: tuple[float, ...] | float
    std: tuple[float, ...] | float
    tensor: str = ""

    def __post_init__(self) -> None:
        if not np.all(self.std) or not np.isfinite(self.std).all():
            raise ParamError("std", "must not be 0 (scikit-learn scales a constant column by 1)")
        counts = {len(value) for value in (self.mean, self.std) if isinstance(value, tuple)}
        if len(counts) > 1:
            raise ParamError("std", "must have as many values as `mean`")

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with one of them scaled."""
        found = pick(batch, self.tensor, "scale")
        for value in (self.mean, self.std):
            _check_width(value, found, "scale")
        scaled = (found.astype(np.float64) - np.asarray(self.mean)) / np.asarray(self.std)
        return {**batch, picked_name(batch, self.tensor): scaled.astype(np.float32)}


@dataclass(frozen=True, slots=True)
class OneHot(Pure):
    """float32 (rows, sum of `categories`): for each column of codes 0, 1, …, its own ones.

    `tensor` is (rows, columns) of whole numbers; `categories` says how many codes each
    column has. Any other code gives zeros with `unknown = "zeros"`, and is refused
    otherwise. Equal to scikit-learn's OneHotEncoder over integer categories. The result
    replaces the tensor, or stands beside it as `output`. Raises WrongDatatype.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    categories: tuple[int, ...]
    tensor: str = ""
    output: str = ""
    unknown: Literal["error", "zeros"] = "error"

    def __post_init__(self) -> None:
        if not self.categories or min(self.categories) < 1:
            raise ParamError("categories", "must have a number of 1 or more for each column")
        if sum(self.categories) > 1_000_000:
            raise ParamError("categories", "must add up to 1,000,000 at most")

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with the encoded one."""
        codes = matrix(pick(batch, self.tensor, "one_hot"), "one_hot")
        _check_width(self.categories, codes, "one_hot")
        counts = np.array(self.categories)
        known = (codes >= 0) & (codes < counts) & (codes == np.floor(codes))
        if self.unknown == "error" and not known.all():
            row, column = (int(index) for index in np.argwhere(~known)[0])
            raise WrongDatatype(
                f"column {column}, row {row}: {codes[row, column]} is no category "
                f"from 0 to {counts[column] - 1}"
            )
        encoded = np.zeros((len(codes), int(counts.sum())), np.float32)
        rows, columns = np.nonzero(known)
        starts = np.cumsum(counts) - counts
        encoded[rows, starts[columns] + codes[rows, columns].astype(np.int64)] = 1
        return {**batch, self.output or picked_name(batch, self.tensor): encoded}


@dataclass(frozen=True, slots=True)
class Concat(Pure):
    """One tensor (rows, all columns) as `output` in place of `tensors`, in their order.

    Its dtype is float32 when any of them is a float, else the widest of them.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    tensors: tuple[str, ...]
    output: str

    def __post_init__(self) -> None:
        if len(set(self.tensors)) < max(len(self.tensors), 1):
            raise ParamError("tensors", "must name tensors, each once")

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The other tensors, and the joined one."""
        parts = [matrix(pick(batch, name, "concat"), "concat") for name in self.tensors]
        joined = np.concatenate(parts, axis=1)
        kept = {name: array for name, array in batch.items() if name not in self.tensors}
        return {**kept, self.output: joined.astype(np.float32) if _floats(parts) else joined}


def _floats(parts: Sequence[Array]) -> bool:
    return any(part.dtype.kind == "f" for part in parts)


def _check_width(values: Sequence[float] | float, found: Array, step: str) -> None:
    if isinstance(values, Sequence) and found.shape[-1:] != (len(values),):
        raise ManifestInvalid(
            [f"step '{step}' has {len(values)} values, but its tensor is {list(found.shape)}"]
        )
