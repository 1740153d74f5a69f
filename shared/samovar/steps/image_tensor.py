"""Pictures → one tensor, normalised."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.errors import WrongShape
from samovar.steps.image import check_size
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import DTYPES, Array, Kind
from samovar.values import dataclass

Layout = Literal["NCHW", "NHWC", "flat"]
Channels = Literal["RGB", "BGR", "L"]


@dataclass(frozen=True, slots=True)
class ImageTensor(Pure):
    """Pictures of one size as a tensor: (batch, channels, height, width) for NCHW,
    (batch, height, width, channels) for NHWC, (batch, all of NCHW) for flat.

    A value is (pixel · `scale` − mean) / std, pixel in [0, 255], or 255 − pixel with
    `invert`; UINT8 takes no scale, mean or std. `channels` L is grey by ITU-R 601-2 luma,
    equal to Pillow's. `size` [height, width], where given, is checked, and is the size of
    an empty batch. Raises WrongShape for pictures of different sizes.
    """

    takes: ClassVar[Kind] = Kind.IMAGE
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str
    layout: Layout = "NCHW"
    channels: Channels = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] | float = 0.0
    std: tuple[float, ...] | float = 1.0
    invert: bool = False
    datatype: Literal["FP32", "FP16", "UINT8"] = "FP32"
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for key, value in (("mean", self.mean), ("std", self.std)):
            if isinstance(value, tuple) and len(value) not in (1, len(self.channels)):
                raise ParamError(key, f"must have one value, or one for each of {self.channels}")
        if not np.all(self.std):
            raise ParamError("std", "must not be 0")
        if self.size is not None:
            check_size("size", self.size)
        plain = (1 / 255, 0.0, 1.0)
        if self.datatype == "UINT8" and (self.scale, self.mean, self.std) != plain:
            raise ParamError("datatype", "UINT8 holds plain pixels: no scale, mean or std with it")

    def apply(self, batch: Sequence[Array]) -> dict[str, Array]:
        """The tensor under its name."""
        pixels = self._channels(stacked(batch, self.size))
        table = self._table()
        values = np.empty(pixels.shape, table.dtype)
        for channel in range(pixels.shape[3]):
            values[..., channel] = table[channel][pixels[..., channel]]
        return {self.tensor: self._arranged(values)}

    def _channels(self, pixels: Array) -> Array:
        if self.channels == "L":
            return luma(pixels)[..., None]
        return pixels[..., ::-1] if self.channels == "BGR" else pixels

    def _table(self) -> Array:
        """(channels, 256): the value of each pixel, computed once in float64."""
        pixels = np.arange(256)[::-1] if self.invert else np.arange(256)
        dtype = DTYPES[self.datatype]
        if self.datatype == "UINT8":
            return np.broadcast_to(pixels.astype(dtype), (len(self.channels), 256))
        mean, std = (np.reshape(np.asarray(value), (-1, 1)) for value in (self.mean, self.std))
        table: Array = (pixels * self.scale - mean) / std
        return np.broadcast_to(table.astype(dtype), (len(self.channels), 256))

    def _arranged(self, values: Array) -> Array:
        if self.layout == "NHWC":
            return values
        first = np.ascontiguousarray(values.transpose(0, 3, 1, 2))
        rows, *rest = first.shape
        return first if self.layout == "NCHW" else first.reshape(rows, int(np.prod(rest)))


def stacked(images: Sequence[Array], size: tuple[int, int] | None = None) -> Array:
    """uint8 (batch, height, width, 3). Raises WrongShape, naming the picture that differs."""
    expected = size or (images[0].shape[:2] if images else (0, 0))
    for number, image in enumerate(images):
        if image.shape[:2] != expected:
            raise WrongShape(
                f"picture {number} is {image.shape[1]} x {image.shape[0]}, but "
                + (
                    f"picture 0 is {expected[1]} x {expected[0]}"
                    if size is None
                    else f"the model takes {expected[1]} x {expected[0]}"
                )
                + "; send pictures of one size, or put the step 'resize' before"
            )
    return np.stack(images) if images else np.empty((0, *expected, 3), np.uint8)


def luma(pixels: Array) -> Array:
    """uint8 (…): grey of uint8 (…, 3) RGB by ITU-R 601-2, equal to Pillow's mode L."""
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)
