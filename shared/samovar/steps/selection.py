"""Which tensor a step reads, and the refusals that several steps share."""

from samovar.errors import ManifestInvalid, WrongShape
from samovar.types import Array, Tensors


def pick(tensors: Tensors, name: str, step: str) -> Array:
    """The tensor `name`, or the only one when `name` is "". Raises ManifestInvalid."""
    if name in tensors:
        return tensors[name]
    if not name and len(tensors) == 1:
        return next(iter(tensors.values()))
    known = ", ".join(f"'{key}'" for key in tensors) or "none"
    said = f"has no tensor '{name}'" if name else "has to be told its tensor (tensor = …)"
    raise ManifestInvalid([f"step '{step}' {said}; there are: {known}"])


def picked_name(tensors: Tensors, name: str) -> str:
    """The name under which `pick` found its tensor."""
    return name or next(iter(tensors))


def matrix(array: Array, step: str) -> Array:
    """`array` as (rows, columns): one of shape (rows,) gets one column. Raises WrongShape.

    Axes of size 1 after the columns go: (rows, columns, 1, 1), as convolutions leave them.
    """
    while array.ndim > 2 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 1:
        return array[:, None]
    if array.ndim == 2:
        return array
    raise WrongShape(f"step '{step}' takes a tensor of shape [rows, columns], not {array.shape}")
