"""Pictures resized and cut out as the text models saw them in training (OpenCV's sampling)."""

from typing import TYPE_CHECKING

import numpy as np

from samovar.types import Array

if TYPE_CHECKING:
    from PIL.Image import Image


def resize(picture: Array, size: tuple[int, int]) -> Array:
    """uint8 (height, width, 3), bilinear between pixel centres, without antialiasing."""
    from PIL.Image import Resampling, Transform

    height, width = picture.shape[:2]
    if (height, width) == size:
        return picture
    image = _image(picture)
    whole = (0, 0, width, height)
    return np.asarray(
        image.transform(size[::-1], Transform.EXTENT, whole, resample=Resampling.BILINEAR)
    )


def shrink(picture: Array, size: tuple[int, int]) -> Array:
    """uint8 (height, width, 3), bilinear and antialiased: for scaling down by a lot."""
    from PIL.Image import Resampling

    return np.asarray(_image(picture).resize(size[::-1], Resampling.BILINEAR))


def cut_out(picture: Array, box: Array, size: tuple[int, int]) -> Array:
    """uint8 (height, width, 3): what lies between four corners (4, 2), drawn upright."""
    from PIL.Image import Resampling, Transform

    height, width = size
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    matrix = _shift(0.5) @ perspective(target, box.astype(np.float64)) @ _shift(-0.5)
    coefficients = (matrix / matrix[2, 2]).ravel()[:8].tolist()
    return np.asarray(
        _image(picture).transform(
            (width, height), Transform.PERSPECTIVE, coefficients, resample=Resampling.BICUBIC
        )
    )


def perspective(source: Array, target: Array) -> Array:
    """The float64 (3, 3) matrix that takes four points (4, 2) to four others.

    Corners that have no such matrix (three on a line) get the affine one that is nearest.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    return np.append(solved, 1.0).reshape(3, 3)


def _shift(by: float) -> Array:
    """Between coordinates of pixel centres (OpenCV) and of pixel edges (Pillow)."""
    return np.array([[1.0, 0.0, by], [0.0, 1.0, by], [0.0, 0.0, 1.0]])


def _image(picture: Array) -> "Image":
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(picture))
