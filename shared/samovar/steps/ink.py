"""Drawn marks brought to the form of a data set of characters: light ink, cut to its bounds."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.steps.image import Interpolation, resized
from samovar.steps.image_tensor import luma
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import Array, Kind
from samovar.values import dataclass

FAINTEST = 16
"""Grey levels by which ink must differ from its ground; less is a blank picture."""

SOLID = 0.25
"""Of the strongest ink: what a pixel needs to count for the bounds."""


@dataclass(frozen=True, slots=True)
class FitInk(Pure):
    """What is drawn on each picture, as light ink on black: uint8 (size, size, 3).

    The ground is the median of the picture's edge; ink is what differs from it, darker or
    lighter as `ink` says, and the strongest ink becomes 255. The drawing is cut to its
    bounds, scaled to fill the square one way, its shape kept, and put in the middle, as
    NIST's bitmaps were made. A blank picture gives a black one.
    """

    takes: ClassVar[Kind] = Kind.IMAGE
    gives: ClassVar[Kind] = Kind.IMAGE

    size: int = 32
    ink: Literal["auto", "dark", "light"] = "auto"

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 4096:
            raise ParamError("size", f"must lie in [1, 4096] pixels, not {self.size}")

    def apply(self, batch: Sequence[Array]) -> list[Array]:
        """The drawings."""
        return [np.repeat(self._fitted(image)[..., None], 3, axis=2) for image in batch]

    def _fitted(self, image: Array) -> Array:
        return _centred(cut_to_bounds(drawn_ink(luma(image), self.ink)), self.size)


def drawn_ink(grey: Array, ink: Literal["auto", "dark", "light"]) -> Array:
    """uint8 (height, width): 255 where ink is strongest, 0 on the ground, of a grey picture."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = int(np.median(edge))
    values = grey.astype(np.int16) - ground
    if ink == "dark" or (ink == "auto" and -int(values.min()) > int(values.max())):
        values = -values
    strongest = int(values.max())
    if strongest < FAINTEST:
        return np.zeros(grey.shape, np.uint8)
    return (np.clip(values, 0, None).astype(np.uint32) * 255 // strongest).astype(np.uint8)


def cut_to_bounds(ink: Array) -> Array:
    """The smallest part of (height, width) that holds all strong ink; empty where there is none."""
    strong = ink > SOLID * 255
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    if not rows.size:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centred(drawing: Array, size: int) -> Array:
    square = np.zeros((size, size), np.uint8)
    if not drawing.size:
        return square
    ratio = size / max(drawing.shape)
    height, width = (max(1, round(side * ratio)) for side in drawing.shape)
    top, left = (size - height) // 2, (size - width) // 2
    fitted = _resized(drawing, (height, width), "box" if ratio < 1 else "bilinear")
    square[top : top + height, left : left + width] = fitted
    return square


def _resized(grey: Array, size: tuple[int, int], interpolation: Interpolation) -> Array:
    return resized(np.repeat(grey[..., None], 3, axis=2), size, interpolation)[..., 0]
