"""The page that text is looked for on: the picture at a workable size, with bands if need be."""

import numpy as np

from samovar.programs.pixels import resize, shrink
from samovar.types import Array
from samovar.values import dataclass

STRIDE = 32
"""Both sides of the detector's input are multiples of it: five halvings in its backbone."""

LEAST_SIDE = 30
"""Pictures with a shorter side are enlarged: the detector sees nothing in them."""

WIDEST = 8
"""From this width ÷ height on, black bands are laid above and below the picture."""


@dataclass(frozen=True, slots=True)
class Page:
    """Pixels uint8 (height, width, 3), and how they came from the picture of `shape`."""

    pixels: Array
    shape: tuple[int, int]
    scale: tuple[float, float]  # of a page's pixel, in the picture's: x, y
    band: int  # rows of black above the picture

    def to_picture(self, boxes: Array) -> Array:
        """float32 (boxes, 4, 2) in the picture's pixels, of boxes on the page."""
        moved = (boxes - np.array([0, self.band])) * np.array(self.scale)
        height, width = self.shape
        within: Array = np.clip(moved, 0, np.array([width, height])).astype(np.float32)
        return within


def lay_out(picture: Array, max_side: int) -> Page:
    """The page of a picture, uint8 (height, width, 3), neither side over `max_side`."""
    height, width = picture.shape[:2]
    pixels = _enlarged(_reduced(picture, max_side), max_side)
    tall, wide = pixels.shape[:2]
    band = 0
    if tall <= LEAST_SIDE or wide > WIDEST * tall:
        band = abs(max(wide // WIDEST, LEAST_SIDE) * 2 - tall) // 2
        pixels = np.pad(pixels, ((band, band), (0, 0), (0, 0)))
    return Page(pixels, (height, width), (width / wide, height / tall), band)


def whole_strides(side: float) -> int:
    """The multiple of the detector's stride nearest to a side, at least one stride."""
    return max(STRIDE, round(int(side) / STRIDE) * STRIDE)


def _reduced(picture: Array, max_side: int) -> Array:
    height, width = picture.shape[:2]
    ratio = max_side / max(height, width)
    if ratio >= 1:
        return picture
    return shrink(picture, (whole_strides(height * ratio), whole_strides(width * ratio)))


def _enlarged(picture: Array, max_side: int) -> Array:
    height, width = picture.shape[:2]
    ratio = min(LEAST_SIDE / min(height, width), max_side / max(height, width))
    if ratio <= 1:
        return picture
    return resize(picture, (whole_strides(height * ratio), whole_strides(width * ratio)))
