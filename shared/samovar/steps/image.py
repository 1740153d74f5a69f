"""Pictures → pictures: sizes and crops, equal to Pillow's and torchvision's."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from samovar.errors import UnsafeInput
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import Array, Kind
from samovar.values import dataclass

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
Size = int | tuple[int, int]
"""The shortest side, or [height, width]; pixels."""

MAX_SIDE = 65_535
MAX_PIXELS = 100_000_000
"""Of all pictures of a batch after resizing: slivers of 1 × 1,000 must not be blown up."""


def resized(image: Array, size: tuple[int, int], interpolation: Interpolation) -> Array:
    """uint8 (height, width, 3) of `size` (height, width); the picture itself where it fits.

    Pillow's own resampling, antialiased: equal to `Image.resize`, and to torchvision's
    `resize` of a PIL image.
    """
    height, width = size
    if image.shape[:2] == (height, width):
        return image
    from PIL import Image

    method = Image.Resampling[interpolation.upper()]
    return np.asarray(Image.fromarray(image).resize((width, height), method))


def shortest_side(shape: Sequence[int], size: int) -> tuple[int, int]:
    """(height, width) in which the shorter side is `size`; the longer is rounded down.

    As torchvision's `resize` with an int.
    """
    height, width = shape[0], shape[1]
    if height <= width:
        return size, int(size * width / height)
    return int(size * height / width), size


@dataclass(frozen=True, slots=True)
class Resize(Pure):
    """Pictures of `size`: the shortest side, or [height, width]. See `resized`.

    Raises UnsafeInput where slivers would grow to over 100 million pixels in all.
    """

    takes: ClassVar[Kind] = Kind.IMAGE
    gives: ClassVar[Kind] = Kind.IMAGE

    size: Size
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        check_size("size", self.size)

    def apply(self, batch: Sequence[Array]) -> list[Array]:
        """The pictures, resized."""
        if isinstance(self.size, int):
            targets = [shortest_side(image.shape, self.size) for image in batch]
            check_growth(targets)
        else:
            targets = [self.size] * len(batch)
        return [
            resized(image, target, self.interpolation)
            for image, target in zip(batch, targets, strict=True)
        ]


def check_growth(targets: Sequence[tuple[int, int]]) -> None:
    """Raises UnsafeInput over MAX_PIXELS, which only narrow or very many pictures reach."""
    total = sum(height * width for height, width in targets)
    if total > MAX_PIXELS:
        height, width = max(targets, key=lambda target: target[0] * target[1])
        raise UnsafeInput(
            f"the pictures would be resized to {total} pixels, one of them to {width} x {height}; "
            "send fewer, or less narrow ones"
        )


@dataclass(frozen=True, slots=True)
class CenterCrop(Pure):
    """The middle of each picture, `size` (a square's side, or [height, width]).

    A smaller picture is padded with black. Equal to torchvision's `center_crop`, which
    rounds half an offset to the even pixel.
    """

    takes: ClassVar[Kind] = Kind.IMAGE
    gives: ClassVar[Kind] = Kind.IMAGE

    size: Size

    def __post_init__(self) -> None:
        check_size("size", self.size)

    def apply(self, batch: Sequence[Array]) -> list[Array]:
        """The pictures, cropped."""
        size = (self.size, self.size) if isinstance(self.size, int) else self.size
        return [center_cropped(image, size) for image in batch]


def center_cropped(image: Array, size: tuple[int, int]) -> Array:
    """uint8 (height, width, 3) of `size`, from the middle of `image` or around it in black."""
    height, width = size
    lack_y, lack_x = max(height - image.shape[0], 0), max(width - image.shape[1], 0)
    if lack_y or lack_x:
        margins = ((lack_y // 2, (lack_y + 1) // 2), (lack_x // 2, (lack_x + 1) // 2), (0, 0))
        image = np.pad(image, margins)
    top = round((image.shape[0] - height) / 2)
    left = round((image.shape[1] - width) / 2)
    return image[top : top + height, left : left + width]


@dataclass(frozen=True, slots=True)
class Letterbox(Pure):
    """Each picture whole within `size` [height, width], its shape kept, `pad` around it.

    Without `scale_up` a smaller picture keeps its size. `position` "center" puts an odd
    pixel of margin to the right and below; "top-left" puts all of it there. As YOLO does.
    """

    takes: ClassVar[Kind] = Kind.IMAGE
    gives: ClassVar[Kind] = Kind.IMAGE

    size: Size
    pad: int = 114
    scale_up: bool = True
    interpolation: Interpolation = "bilinear"
    position: Literal["center", "top-left"] = "center"

    def __post_init__(self) -> None:
        check_size("size", self.size)
        if not 0 <= self.pad <= 255:
            raise ParamError("pad", f"must lie in [0, 255], not {self.pad}")

    def apply(self, batch: Sequence[Array]) -> list[Array]:
        """The pictures, fitted."""
        return [self._fitted(image) for image in batch]

    def _fitted(self, image: Array) -> Array:
        target = (self.size, self.size) if isinstance(self.size, int) else self.size
        inner = fitted_size(image.shape, target, scale_up=self.scale_up)
        top, left = letterbox_offset(inner, target) if self.position == "center" else (0, 0)
        canvas = np.full((*target, 3), self.pad, np.uint8)
        canvas[top : top + inner[0], left : left + inner[1]] = resized(
            image, inner, self.interpolation
        )
        return canvas


def fitted_size(
    shape: Sequence[int], target: tuple[int, int], *, scale_up: bool = True
) -> tuple[int, int]:
    """(height, width) of a picture scaled to lie whole within `target`; 1 pixel at least."""
    ratio = min(target[0] / shape[0], target[1] / shape[1])
    ratio = ratio if scale_up else min(ratio, 1.0)
    return max(round(shape[0] * ratio), 1), max(round(shape[1] * ratio), 1)


def letterbox_offset(inner: tuple[int, int], target: tuple[int, int]) -> tuple[int, int]:
    """(top, left) of a fitted picture in the middle of `target`, in pixels."""
    return (target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2


def check_size(key: str, size: Size) -> None:
    """Raises ParamError unless every side lies in [1, 65535]."""
    sides = (size,) if isinstance(size, int) else size
    if not all(1 <= side <= MAX_SIDE for side in sides):
        raise ParamError(key, f"must lie in [1, {MAX_SIDE}] pixels, not {size}")
