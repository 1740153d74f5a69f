"""The nodes of a quantised graph that multiply bytes as vpmaddubsw does, and what they multiply.

ConvInteger and MatMulNBits are not among them: onnxruntime multiplies theirs in other ways, and
exactly.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from samovar.types import Array

from samovar_cli.optimising.graphs import onnx, weights_of

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Made = Mapping[str, "NodeProto"]
Weights = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Kernel:
    """How a convolution looks at its input: windows of a size, channels last in a row."""

    size: tuple[int, ...]
    strides: tuple[int, ...]
    channels: int  # of a group: the first one is looked at

    def rows(self, images: Array, most: int) -> Array:
        """(windows, channels · size) of (images, channels, …): some, from all over.

        Only windows that lie within an image: borders multiply the same bytes, and zeros.
        """
        images = images[:, : self.channels]
        lacking = [
            max(size - have, 0) for size, have in zip(self.size, images.shape[2:], strict=True)
        ]
        images = np.pad(images, [(0, 0), (0, 0), *((0, count) for count in lacking)])
        axes = tuple(range(2, images.ndim))
        found = np.lib.stride_tricks.sliding_window_view(images, self.size, axes)
        found = found[:, :, *(slice(None, None, stride) for stride in self.strides)]
        count = len(self.size)
        spatial = (0, *range(2, 2 + count))
        inner = tuple(range(2 + count, 2 + 2 * count))
        flat = np.moveaxis(found, (*spatial, *inner, 1), range(found.ndim))
        places = np.prod(flat.shape[: 1 + count], dtype=int)
        chosen = np.unravel_index(_spread(int(places), most), flat.shape[: 1 + count])
        rows: Array = flat[chosen].reshape(len(chosen[0]), -1)
        return rows


@dataclass(frozen=True, slots=True)
class Product:
    """A node that multiplies bytes: the tensor on its left, and the signed matrix on its right."""

    left: str
    matrix: Array  # int8 (inputs, outputs)
    kernel: Kernel | None = None

    def rows(self, left: Array, most: int) -> Array:
        """(rows, inputs) of what stands on the left: some of them, from all over."""
        if self.kernel is not None:
            return self.kernel.rows(left, most)
        flat = left.reshape(-1, left.shape[-1])
        return flat[_spread(len(flat), most)]


def products(model: "ModelProto") -> Iterator[Product]:
    """Every product of unsigned bytes by signed ones that the graph holds itself."""
    weights = weights_of(model)
    made = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        found = _BYTES.get(node.op_type)
        if found is not None:
            yield from found(node, made, weights)


def _spread(count: int, most: int) -> Array:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _integers(node: "NodeProto", _made: Made, weights: Weights) -> Iterator[Product]:
    """MatMulInteger, QAttention: bytes are their inputs themselves."""
    matrix = weights.get(node.input[1])
    if matrix is not None and matrix.dtype == np.int8 and matrix.ndim == 2:
        yield Product(node.input[0], matrix)


def _floats(node: "NodeProto", made: Made, weights: Weights) -> Iterator[Product]:
    """MatMul, Gemm and Conv between dequantised bytes, which onnxruntime multiplies as bytes."""
    left, right = (made.get(name) for name in node.input[:2])
    if left is None or right is None or {left.op_type, right.op_type} != {"DequantizeLinear"}:
        return
    matrix = weights.get(right.input[0])
    if matrix is None or matrix.dtype != np.int8:
        return
    if node.op_type == "Conv":
        yield from _convolution(node, left.input[0], matrix)
    elif matrix.ndim == 2:
        turned = any(one.name == "transB" and one.i for one in node.attribute)
        yield Product(left.input[0], matrix.T if turned else matrix)


def _convolution(node: "NodeProto", left: str, kernel: Array) -> Iterator[Product]:
    """As onnxruntime lays it out: a row a window, with its channels last.

    Kernels of one channel are not multiplied in pairs, and dilated ones are looked at as if
    they were not.
    """
    said = {one.name: onnx().helper.get_attribute_value(one) for one in node.attribute}
    size, channels = kernel.shape[2:], kernel.shape[1]
    group = said.get("group", 1)
    first = kernel[: len(kernel) // group]
    if channels == 1 and group > 1:
        return
    strides = tuple(said.get("strides", (1,) * len(size)))
    matrix = np.moveaxis(first, 1, -1).reshape(len(first), -1).T
    yield Product(left, matrix, Kernel(tuple(size), strides, channels))


_BYTES: Mapping[str, Callable[["NodeProto", Made, Weights], Iterator[Product]]] = {
    "MatMulInteger": _integers,
    "QAttention": _integers,
    "MatMul": _floats,
    "Gemm": _floats,
    "Conv": _floats,
}
