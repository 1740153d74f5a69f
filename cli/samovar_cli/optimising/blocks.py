"""Weights in blocks of eight bits, by com.microsoft's MatMulNBits.

Activations are quantised row by row and block by block, too, so a row's answer does not depend on
what else is in its batch: with one scale a tensor, as dynamic quantisation has it, it does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from samovar.types import Array

from samovar_cli.optimising.graphs import Piece, Unfit, load, onnx, weights_of

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

BLOCK = 32
_ZERO, _LEVELS = 128, 127
_MICROSOFT = "com.microsoft"
_KNOWN = frozenset({"num_heads", "mask_filter_value", "scale", "unidirectional"})
"""Attributes of Attention that MultiHeadAttention has, too."""
_SPLIT_BY_INPUT = 13  # the opset from which Split takes its sizes as a tensor
_WHOLE_ROWS = 4  # of int32 sums: the activations are quantised as well


def in_blocks(piece: Piece) -> "ModelProto":
    """Matrices that MatMul and Gemm multiply by, and tables that Gather looks up in."""
    model = load(piece.source)
    opset = max((one.version for one in model.opset_import if not one.domain), default=0)
    rewriting = _Rewriting(weights_of(model), splits=opset >= _SPLIT_BY_INPUT)
    nodes = [new for node in model.graph.node for new in rewriting.node(node)]
    if not rewriting.made:
        raise Unfit("it multiplies by no matrix of its own that is worth a block")
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(rewriting.initializers)
    _drop_unused(model)
    if all(one.domain != _MICROSOFT for one in model.opset_import):
        model.opset_import.append(onnx().helper.make_opsetid(_MICROSOFT, 1))
    return model


def quantize_blocks(matrix: Array) -> tuple[Array, Array]:
    """uint8 (columns, blocks, BLOCK) around 128 and float32 (columns · blocks,) of (rows, columns).

    Their product is the matrix, to a 254th of each block's largest value. Rows are padded to a
    whole block.
    """
    lines = np.pad(matrix.T, ((0, 0), (0, -matrix.shape[0] % BLOCK)))
    cut = lines.reshape(len(lines), -1, BLOCK)
    scales = _scales(cut)
    codes = np.rint(cut / scales) + _ZERO
    return codes.astype(np.uint8), scales.reshape(-1)


def quantize_rows(table: Array) -> tuple[Array, Array]:
    """int8 (rows, width) and float32 (rows, 1): the table is about their product."""
    scales = _scales(table)
    return np.rint(table / scales).astype(np.int8), scales


def _scales(values: Array) -> Array:
    largest = np.abs(values).max(axis=-1, keepdims=True)
    scales: Array = (np.where(largest == 0, 1, largest) / _LEVELS).astype(np.float32)
    return scales


@dataclass(slots=True)
class _Rewriting:
    """Nodes one after the other, and the initializers that the new ones need."""

    weights: Any
    splits: bool
    initializers: list[Any] = field(default_factory=list)
    made: dict[str, Sequence[str]] = field(default_factory=dict)  # weight → what stands for it

    def node(self, node: "NodeProto") -> Iterator["NodeProto"]:
        rewrite = {
            ("", "MatMul"): self._matmul,
            ("", "Gemm"): self._gemm,
            ("", "Gather"): self._gather,
            (_MICROSOFT, "Attention"): self._attention,
        }
        found = rewrite.get((node.domain, node.op_type))
        yield from (found(node) if found else (node,))

    def _matmul(self, node: "NodeProto") -> Iterator["NodeProto"]:
        matrix = self._matrix(node.input[1])
        if matrix is None:
            yield node
        else:
            yield self._product(node.input[0], node.input[1], matrix, node.output[0], node.name)

    def _gemm(self, node: "NodeProto") -> Iterator["NodeProto"]:
        said = {one.name: onnx().helper.get_attribute_value(one) for one in node.attribute}
        matrix = self._matrix(node.input[1])
        scaled = said.get("alpha", 1.0) != 1.0 or said.get("beta", 1.0) != 1.0
        if matrix is None or scaled or said.get("transA", 0):
            yield node
            return
        turned = matrix.T if said.get("transB", 0) else matrix
        with_bias = len(node.input) > 2 and bool(node.input[2])
        target = f"{node.output[0]}_in_blocks" if with_bias else node.output[0]
        yield self._product(node.input[0], node.input[1], turned, target, node.name)
        if with_bias:
            yield onnx().helper.make_node("Add", [target, node.input[2]], [node.output[0]])

    def _product(
        self, left: str, name: str, matrix: Array, target: str, called: str
    ) -> "NodeProto":
        inputs = [left, *self._kept(name, quantize_blocks, matrix)]
        made: NodeProto = onnx().helper.make_node(
            "MatMulNBits", inputs, [target], called, domain=_MICROSOFT, K=matrix.shape[0],
            N=matrix.shape[1], bits=8, block_size=BLOCK, accuracy_level=_WHOLE_ROWS,
        )  # fmt: skip
        return made

    def _attention(self, node: "NodeProto") -> Iterator["NodeProto"]:
        """Its projection apart, for blocks to hold; what follows as MultiHeadAttention."""
        said = {one.name: onnx().helper.get_attribute_value(one) for one in node.attribute}
        matrix = self._matrix(node.input[1])
        if (
            matrix is None
            or any(node.input[4:])
            or set(said) - _KNOWN
            or matrix.shape[1] % 3
            or not self.splits
        ):
            yield node
            return
        out, make = node.output[0], onnx().helper.make_node
        parts = [f"{out}_{part}" for part in ("q", "k", "v")]
        yield self._product(node.input[0], node.input[1], matrix, f"{out}_qkv", node.name)
        yield make("Split", [f"{out}_qkv", self._thirds(matrix.shape[1])], parts, axis=2)
        inputs = [*parts, *node.input[2:4]]
        yield make("MultiHeadAttention", inputs, node.output, domain=_MICROSOFT, **said)

    def _thirds(self, width: int) -> str:
        name = f"thirds_of_{width}"
        if name not in self.made:
            self.made[name] = (name,)
            sizes = np.full(3, width // 3, np.int64)
            self.initializers.append(onnx().numpy_helper.from_array(sizes, name))
        return name

    def _gather(self, node: "NodeProto") -> Iterator["NodeProto"]:
        table = self._matrix(node.input[0])
        axis = next((one.i for one in node.attribute if one.name == "axis"), 0)
        if table is None or axis != 0:
            yield node
            return
        make, out = onnx().helper.make_node, node.output[0]
        codes, scales = self._kept(node.input[0], quantize_rows, table)
        yield make("Gather", [codes, node.input[1]], [f"{out}_codes"])
        yield make("Gather", [scales, node.input[1]], [f"{out}_scales"])
        yield make("Cast", [f"{out}_codes"], [f"{out}_floats"], to=1)
        yield make("Mul", [f"{out}_floats", f"{out}_scales"], [out])

    def _matrix(self, name: str) -> Array | None:
        found = self.weights.get(name)
        fits = found is not None and found.ndim == 2 and found.dtype == np.float32
        return found if fits and min(found.shape) > 1 and found.size >= BLOCK * BLOCK else None

    def _kept(self, name: str, quantize: Any, matrix: Array) -> Sequence[str]:
        if name not in self.made:
            self.made[name] = (f"{name}_codes", f"{name}_scales")
            for called, array in zip(self.made[name], quantize(matrix), strict=True):
                self.initializers.append(onnx().numpy_helper.from_array(array, called))
        return self.made[name]


def _drop_unused(model: "ModelProto") -> None:
    """Weights that nothing reads any more; those that are read as well stay."""
    used = set(_names(model.graph))
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def _names(graph: Any) -> Iterator[str]:
    """What the nodes of a graph and of the graphs within them read, and what it gives."""
    yield from (one.name for one in graph.output)
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _names(inner)
