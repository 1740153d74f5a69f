"""Token vectors → one vector a row, of length 1."""

from typing import ClassVar, Literal

import numpy as np

from samovar.errors import ManifestInvalid
from samovar.steps.pure import Pure
from samovar.steps.selection import pick, picked_name
from samovar.types import Array, Kind, Tensors
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Pool(Pure):
    """float32 (rows, width) from token vectors (rows, tokens, width).

    `method` is the mean or the largest over the tokens that `mask` (rows, tokens) keeps, or
    the first token's (cls). Without a mask all tokens count: then no row may be padded. A
    row without a kept token is zeros. Equal to sentence-transformers' pooling.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    method: Literal["mean", "cls", "max"] = "mean"
    tensor: str = ""
    mask: str = ""

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with one of them pooled."""
        vectors = pick(batch, self.tensor, "pool")
        if vectors.ndim != 3:
            raise ManifestInvalid(
                [f"step 'pool' takes [rows, tokens, width], not {list(vectors.shape)}"]
            )
        mask = pick(batch, self.mask, "pool") if self.mask else np.ones(vectors.shape[:2])
        pooled = pool(vectors, mask, self.method)
        return {**batch, picked_name(batch, self.tensor): pooled}


def pool(vectors: Array, mask: Array, method: str) -> Array:
    """float32 (rows, width) of vectors (rows, tokens, width) and mask (rows, tokens)."""
    if method == "cls":
        return vectors[:, 0].astype(np.float32)
    kept = mask.astype(np.bool_)[..., None]
    if method == "max":
        best = np.where(kept, vectors, -np.inf).max(axis=1, initial=-np.inf)
        return np.where(kept.any(axis=1), best, 0).astype(np.float32)
    total = np.where(kept, vectors, 0).sum(axis=1, dtype=np.float64)
    mean: Array = total / np.maximum(kept.sum(axis=1), 1)
    return mean.astype(np.float32)


@dataclass(frozen=True, slots=True)
class L2Normalize(Pure):
    """Rows of length 1 along the last axis, float32. A row of zeros stays zeros."""

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str = ""

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with one of them normalised."""
        found = pick(batch, self.tensor, "l2_normalize").astype(np.float64)
        length = np.linalg.norm(found, axis=-1, keepdims=True)
        unit = found / np.maximum(length, 1e-12)
        return {**batch, picked_name(batch, self.tensor): unit.astype(np.float32)}
