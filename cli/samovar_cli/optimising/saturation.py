"""Whether an eight-bit build overflows on CPUs without VNNI, found out on any CPU.

There onnxruntime multiplies unsigned by signed bytes with vpmaddubsw, which adds each pair of
products in 16 bits and cuts the sum off at ±32,767: 255·127 twice is 64,770. Answers are then
wrong without a word, and only on such machines; weights of seven bits cannot reach the limit. So
what the samples put into each product is taken out of the graph and multiplied both ways here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from samovar.types import Array

from samovar_cli.extras import need
from samovar_cli.optimising.graphs import Piece, load, onnx, weights_of
from samovar_cli.optimising.matrices import said_of

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_LIMIT = 32_767
_MOST_ROWS = 64  # of one product: what overflows does so soon
_MOST_FEEDS = 16
_WORK = 4_000_000  # products of a pair that are held at once


@dataclass(frozen=True, slots=True)
class Saturation:
    """What overflows: products of a graph by their count, and how wrong the worst of them is."""

    products: int = 0  # of bytes, in the graph
    could: int = 0  # by their weights alone
    did: int = 0  # on the samples
    pairs: float = 0.0  # of the worst: the share of its pairs that were cut off
    error: float = 0.0  # of the worst: its relative error, ‖cut − exact‖ / ‖exact‖

    def __add__(self, other: "Saturation") -> "Saturation":
        return Saturation(
            self.products + other.products, self.could + other.could, self.did + other.did,
            max(self.pairs, other.pairs), max(self.error, other.error),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """A node that multiplies bytes: the tensor on its left, and the signed matrix on its right."""

    left: str
    matrix: Array  # int8 (inputs, outputs)
    kernel: bool = False  # of a convolution: only its weights are looked at


def saturation(piece: Piece) -> Saturation:
    """What of a quantised graph overflows when the samples go through it. Raises CommandFailed."""
    model = load(piece.source)
    products = list(_products(model))
    risky = [one for one in products if could_overflow(one.matrix)]
    total = Saturation(len(products), len(risky))
    wanted = sorted({one.left for one in risky if not one.kernel})
    seen = _lefts(piece, model, wanted) if wanted else {}
    for one in risky:
        if one.left in seen and not one.kernel:
            total += _found(*overflow(seen[one.left], one.matrix))
    return total


def could_overflow(matrix: Array) -> bool:
    """Whether a pair of products with int8 (inputs, outputs) leaves 16 bits for any uint8."""
    pairs = _paired(matrix).astype(np.int32)
    above = np.maximum(pairs, 0).sum(axis=1).max(initial=0)
    below = np.minimum(pairs, 0).sum(axis=1).min(initial=0)
    return bool(255 * max(int(above), -int(below)) > _LIMIT)


def overflow(left: Array, matrix: Array) -> tuple[float, float]:
    """The share of pairs that are cut off, and the relative error of the product.

    Of uint8 (rows, inputs) times int8 (inputs, outputs).
    """
    exact = left.astype(np.int64) @ matrix.astype(np.int64)
    pairs = _paired(matrix).astype(np.int32)  # (pairs, 2, outputs)
    halves = _paired(left.T).astype(np.int32)  # (pairs, 2, rows)
    cut, cut_off = np.zeros_like(exact), 0
    step = max(_WORK // max(left.shape[0] * matrix.shape[1], 1), 1)
    for start in range(0, len(pairs), step):
        ours, theirs = halves[start : start + step], pairs[start : start + step]
        sums = np.einsum("pkr,pko->pro", ours, theirs)
        limited = np.clip(sums, -_LIMIT - 1, _LIMIT)
        cut_off += int((sums != limited).sum())
        cut += limited.sum(axis=0)
    size = float(np.linalg.norm(exact.astype(np.float64)))
    error = float(np.linalg.norm((cut - exact).astype(np.float64)))
    return cut_off / max(exact.size * len(pairs), 1), error / size if size else 0.0


def _found(share: float, error: float) -> Saturation:
    return Saturation(did=int(share > 0), pairs=share, error=error)


def _paired(array: Array) -> Array:
    """(pairs, 2, …) of (inputs, …): rows 0 and 1, rows 2 and 3…; an odd last one beside zeros."""
    if len(array) % 2:
        array = np.concatenate([array, np.zeros_like(array[:1])])
    return array.reshape(len(array) // 2, 2, *array.shape[1:])


def _products(model: "ModelProto") -> Iterator[Product]:
    weights = weights_of(model)
    made = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        found = _BYTES.get(node.op_type)
        if found is not None:
            yield from found(node, made, weights)


Made = Mapping[str, "NodeProto"]
Weights = Mapping[str, Array]


def _integers(node: "NodeProto", _made: Made, weights: Weights) -> Iterator[Product]:
    """MatMulInteger, QAttention: bytes are their inputs themselves."""
    matrix = weights.get(node.input[1])
    if matrix is not None and matrix.dtype == np.int8 and matrix.ndim == 2:
        yield Product(node.input[0], matrix)


def _kernels(node: "NodeProto", _made: Made, weights: Weights) -> Iterator[Product]:
    kernel = weights.get(node.input[1])
    if kernel is not None and kernel.dtype == np.int8:
        yield Product(node.input[0], kernel.reshape(len(kernel), -1).T, kernel=True)


def _floats(node: "NodeProto", made: Made, weights: Weights) -> Iterator[Product]:
    """MatMul, Gemm and Conv between dequantised bytes, which onnxruntime multiplies as bytes."""
    left, right = (made.get(name) for name in node.input[:2])
    if left is None or right is None or {left.op_type, right.op_type} != {"DequantizeLinear"}:
        return
    matrix = weights.get(right.input[0])
    if matrix is None or matrix.dtype != np.int8:
        return
    if node.op_type == "Conv":
        yield Product(left.input[0], matrix.reshape(len(matrix), -1).T, kernel=True)
    elif matrix.ndim == 2:
        turned = any(one.name == "transB" and one.i for one in node.attribute)
        yield Product(left.input[0], matrix.T if turned else matrix)


_BYTES: Mapping[str, Any] = {
    "MatMulInteger": _integers,
    "QAttention": _integers,
    "ConvInteger": _kernels,
    "MatMul": _floats,
    "Gemm": _floats,
    "Conv": _floats,
}


def _lefts(piece: Piece, model: "ModelProto", names: Sequence[str]) -> dict[str, Array]:
    """uint8 (rows, inputs) by tensor: some of what the samples put into each product."""
    ort: Any = need("onnxruntime", "runtime", "to run a graph")
    for name in names:
        model.graph.output.append(onnx().helper.make_tensor_value_info(name, 2, None))
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(said_of(model, piece.scratch), options)
    seen: dict[str, list[Array]] = {name: [] for name in names}
    for feed in piece.feeds[:_MOST_FEEDS]:
        for name, array in zip(names, session.run(names, dict(feed)), strict=True):
            seen[name].append(array.reshape(-1, array.shape[-1]))
    stacked = {name: np.concatenate(arrays) for name, arrays in seen.items() if arrays}
    return {name: _spread(array) for name, array in stacked.items() if array.dtype == np.uint8}


def _spread(rows: Array) -> Array:
    """A few rows from all over."""
    return rows[:: -(-len(rows) // _MOST_ROWS)]
