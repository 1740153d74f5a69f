"""Logits → probabilities, without overflow. Batch first; an empty batch gives an empty one."""

from typing import ClassVar

import numpy as np

from samovar.steps.pure import Pure
from samovar.steps.selection import pick, picked_name
from samovar.types import Array, Kind, Tensors
from samovar.values import dataclass


def softmax(logits: Array, axis: int = -1) -> Array:
    """Probabilities that add up to 1 along `axis`; floating dtype as given, or float64.

    −inf is probability 0. NaN or +inf in a row makes the whole row NaN and no other row.
    Equal to scipy.special.softmax.
    """
    values = _floating(logits)
    if not values.size:
        return values
    with np.errstate(invalid="ignore"):
        powers = np.exp(values - values.max(axis=axis, keepdims=True))
    total: Array = powers / powers.sum(axis=axis, keepdims=True)
    return total


def sigmoid(logits: Array) -> Array:
    """1 / (1 + e^−x) element by element; floating dtype as given, or float64. NaN stays NaN.

    Exact at both ends: no overflow for any x. Equal to scipy.special.expit.
    """
    values = _floating(logits)
    power = np.exp(-np.abs(values))
    chosen: Array = np.where(values >= 0, 1, power) / (1 + power)
    return chosen.astype(values.dtype, copy=False)


def _floating(values: Array) -> Array:
    return values if values.dtype.kind == "f" else values.astype(np.float64)


@dataclass(frozen=True, slots=True)
class Softmax(Pure):
    """Replaces logits by probabilities along the last axis. See `softmax`."""

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str = ""

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with one of them replaced."""
        found = pick(batch, self.tensor, "softmax")
        return {**batch, picked_name(batch, self.tensor): softmax(found)}


@dataclass(frozen=True, slots=True)
class Sigmoid(Pure):
    """Replaces logits by independent probabilities. See `sigmoid`."""

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str = ""

    def apply(self, batch: Tensors) -> dict[str, Array]:
        """The tensors with one of them replaced."""
        found = pick(batch, self.tensor, "sigmoid")
        return {**batch, picked_name(batch, self.tensor): sigmoid(found)}
