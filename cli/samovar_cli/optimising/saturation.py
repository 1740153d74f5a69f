"""Whether an eight-bit build overflows on CPUs without VNNI, found out on any CPU.

There onnxruntime multiplies unsigned by signed bytes with vpmaddubsw, which adds each pair of
products in 16 bits and cuts the sum off at ±32,767: 255·127 twice is 64,770. Answers are then
wrong without a word, and only on such machines; weights of seven bits cannot reach the limit. So
what the samples put into each product is taken out of the graph and multiplied both ways here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from samovar.types import Array

from samovar_cli.extras import need
from samovar_cli.optimising.graphs import Piece, load, onnx
from samovar_cli.optimising.matrices import said_of
from samovar_cli.optimising.products import Product, products

if TYPE_CHECKING:
    from onnx import ModelProto

_LIMIT = 32_767
_MOST_ROWS = 16  # of one product and one sample: what overflows does so soon
_MOST_FEEDS = 8
_WORK = 4_000_000  # sums of pairs that are held at once


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


def saturation(piece: Piece) -> Saturation:
    """What of a quantised graph overflows when the samples go through it. Raises CommandFailed."""
    model = load(piece.source)
    found = list(products(model))
    risky = [one for one in found if could_overflow(one.matrix)]
    total = Saturation(len(found), len(risky))
    for product, rows in zip(risky, _rows(piece, model, risky), strict=True):
        if len(rows):
            share, error = overflow(rows, product.matrix)
            total += Saturation(did=int(share > 0), pairs=share, error=error)
    return total


def could_overflow(matrix: Array) -> bool:
    """Whether a pair of products with int8 (inputs, outputs) leaves 16 bits for any uint8."""
    pairs = _paired(matrix).astype(np.int32)
    above = np.maximum(pairs, 0).sum(axis=1).max(initial=0)
    below = np.minimum(pairs, 0).sum(axis=1).min(initial=0)
    return bool(255 * int(above) > _LIMIT or 255 * int(below) < -_LIMIT - 1)


def overflow(left: Array, matrix: Array) -> tuple[float, float]:
    """The share of pairs that are cut off, and the relative error of the product.

    Of uint8 (rows, inputs) times int8 (inputs, outputs).
    """
    exact = left.astype(np.int64) @ matrix.astype(np.int64)
    pairs = _paired(matrix).astype(np.int32)  # (pairs, 2, outputs)
    halves = _paired(left.T).astype(np.int32)  # (pairs, 2, rows)
    cut, cut_off = np.zeros_like(exact), 0
    step = max(_WORK // max(exact.size, 1), 1)
    for start in range(0, len(pairs), step):
        ours, theirs = halves[start : start + step], pairs[start : start + step]
        sums = np.einsum("pkr,pko->pro", ours, theirs)
        limited = np.clip(sums, -_LIMIT - 1, _LIMIT)
        cut_off += int((sums != limited).sum())
        cut += limited.sum(axis=0)
    size = float(np.linalg.norm(exact.astype(np.float64)))
    error = float(np.linalg.norm((cut - exact).astype(np.float64)))
    return cut_off / max(exact.size * len(pairs), 1), error / size if size else 0.0


def _paired(array: Array) -> Array:
    """(pairs, 2, …) of (inputs, …): rows 0 and 1, rows 2 and 3…; an odd last one beside zeros."""
    if len(array) % 2:
        array = np.concatenate([array, np.zeros_like(array[:1])])
    return array.reshape(len(array) // 2, 2, *array.shape[1:])


def _rows(piece: Piece, model: "ModelProto", risky: Sequence[Product]) -> list[Array]:
    """By product, uint8 (rows, inputs): some of what the samples put into it."""
    if not risky or not piece.feeds:
        return [np.empty((0, 0), np.uint8) for _ in risky]
    names = sorted({one.left for one in risky})
    session = _session(piece, model, names)
    found: list[list[Array]] = [[] for _ in risky]
    for feed in piece.feeds[:: -(-len(piece.feeds) // _MOST_FEEDS)]:
        seen = dict(zip(names, session.run(names, dict(feed)), strict=True))
        for rows, product in zip(found, risky, strict=True):
            if seen[product.left].dtype == np.uint8:
                rows.append(product.rows(seen[product.left], _MOST_ROWS))
    return [np.concatenate(rows) if rows else np.empty((0, 0), np.uint8) for rows in found]


def _session(piece: Piece, model: "ModelProto", names: Sequence[str]) -> Any:
    """The graph with its bytes as outputs, as it was written: fused, it would not give them."""
    ort: Any = need("onnxruntime", "runtime", "to run a graph")
    given = {one.name for one in model.graph.output}
    for name in (name for name in names if name not in given):
        model.graph.output.append(onnx().helper.make_tensor_value_info(name, 2, None))
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(said_of(model, piece.scratch), options)
