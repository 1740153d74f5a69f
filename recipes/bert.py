"""BERT's encoder as an ONNX graph, fused by hand, over weights in one of two forms.

The fused operators of onnxruntime are written directly (Attention, SkipLayerNormalization,
BiasGelu with the exact erf), so nothing has to be traced or optimised. The attention mask
is handed on whole, not as a length: padding may stand on either side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from recipes.graph import MICROSOFT, Graph, Shape

Array = NDArray[Any]
Weights = Mapping[str, Array]

HEADS = 12
LAYERS = 6
HIDDEN = 384
EPSILON = 1e-12

TOKENS: Shape = ("batch", "sequence")
INPUTS = dict.fromkeys(
    ("input_ids", "attention_mask", "token_type_ids"), (TensorProto.INT64, TOKENS)
)
EMBEDDING = {"sentence_embedding": (TensorProto.FLOAT, ("batch", HIDDEN))}


class Form(Protocol):
    """How the large matrices are kept and used."""

    def lookup(self, graph: Graph, weights: Weights, ids: str) -> str:
        """Rows of the word table: float32 (batch, sequence, HIDDEN)."""
        ...

    def places(self, graph: Graph, table: Array) -> str:
        """The table of positions: float32 (512, HIDDEN)."""
        ...

    def attention(self, graph: Graph, weights: Weights, layer: str, hidden: str) -> str:
        """Self-attention before its output matrix: float32 (batch, sequence, HIDDEN)."""
        ...

    def project(self, graph: Graph, matrix: Array, name: str, tensor: str) -> str:
        """`tensor` times the transposed `matrix` (out, in), without the bias."""
        ...


@dataclass(frozen=True, slots=True)
class Exact:
    """float32 throughout."""

    def lookup(self, graph: Graph, weights: Weights, ids: str) -> str:
        table = graph.constant("words", weights["embeddings.word_embeddings.weight"])
        return graph.add("Gather", [table, ids], "rows_of_input_ids")

    def places(self, graph: Graph, table: Array) -> str:
        return graph.constant("positions", table)

    def attention(self, graph: Graph, weights: Weights, layer: str, hidden: str) -> str:
        matrix, bias = joined_qkv(weights, layer)
        inputs = [
            hidden,
            graph.constant(f"{layer}.qkv", matrix.T),
            graph.constant(f"{layer}.qkv_bias", bias),
            "mask",
        ]
        return graph.add(
            "Attention", inputs, f"{layer}.attended", domain=MICROSOFT, num_heads=HEADS
        )

    def project(self, graph: Graph, matrix: Array, name: str, tensor: str) -> str:
        return graph.add("MatMul", [tensor, graph.constant(f"{name}.weight", matrix.T)], name)


def add_encoder(graph: Graph, weights: Weights, form: Form) -> str:
    """Add the encoder of INPUTS; the name of its `sentence_embedding`, unit length.

    The sum over the positions that the mask admits, divided by its length, which is the mean
    divided by its length; a row that the mask admits nothing of gives zeros.
    """
    _add_mask(graph)
    hidden = _embed(graph, weights, form)
    for number in range(LAYERS):
        hidden = _layer(graph, weights, form, number, hidden)
    return _unit(graph, _sum(graph, hidden, "pooled"))


def add_layer_mean(graph: Graph, number: int) -> str:
    """The mean of the admitted tokens after layer 0…5: float32 (batch, HIDDEN)."""
    name = f"layer_{number}"
    one = graph.constant("one", np.array(1, np.float32))
    summed = _sum(graph, f"encoder.layer.{number}.output.LayerNorm", f"{name}.sum")
    axis = graph.constant("at_1", np.array([1], np.int64))
    count = graph.add("ReduceSum", ["mask_weight", axis], f"{name}.count", keepdims=1)
    safe = graph.add("Max", [count, one], f"{name}.safe_count")
    return graph.add("Div", [summed, safe], f"{name}.mean")


def joined_qkv(weights: Weights, layer: str) -> tuple[Array, Array]:
    """The query, key and value matrices, one above the other (3 HIDDEN, HIDDEN), and biases."""
    parts = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
    matrix = np.concatenate([weights[f"{part}.weight"] for part in parts])
    return matrix, np.concatenate([weights[f"{part}.bias"] for part in parts])


def _embed(graph: Graph, weights: Weights, form: Form) -> str:
    words = form.lookup(graph, weights, "input_ids")
    kinds = graph.constant("types", weights["embeddings.token_type_embeddings.weight"])
    typed = graph.add("Gather", [kinds, "token_type_ids"], "rows_of_token_type_ids")
    whole = form.places(graph, weights["embeddings.position_embeddings.weight"])
    zero, one = (graph.constant(f"at_{n}", np.array([n], np.int64)) for n in (0, 1))
    length = graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    placed = graph.add("Slice", [whole, zero, length, zero, one], "position_rows")
    summed = graph.add("Add", [typed, placed], "positions_of_at_most_512_tokens")
    return _normalize(graph, weights, "embeddings.LayerNorm", [words, summed])


def _layer(graph: Graph, weights: Weights, form: Form, number: int, hidden: str) -> str:
    layer = f"encoder.layer.{number}"
    attended = form.attention(graph, weights, layer, hidden)
    name = f"{layer}.attention.output"
    mixed = form.project(graph, weights[f"{name}.dense.weight"], f"{name}.dense", attended)
    bias = _bias(graph, weights, f"{name}.dense")
    middle = _normalize(graph, weights, f"{name}.LayerNorm", [mixed, hidden], bias)
    name = f"{layer}.intermediate.dense"
    wide = form.project(graph, weights[f"{name}.weight"], name, middle)
    bias = _bias(graph, weights, name)
    active = graph.add("BiasGelu", [wide, bias], f"{name}.gelu", domain=MICROSOFT)
    name = f"{layer}.output"
    narrow = form.project(graph, weights[f"{name}.dense.weight"], f"{name}.dense", active)
    bias = _bias(graph, weights, f"{name}.dense")
    return _normalize(graph, weights, f"{name}.LayerNorm", [narrow, middle], bias)


def _bias(graph: Graph, weights: Weights, name: str) -> str:
    return graph.constant(f"{name}.bias", weights[f"{name}.bias"])


def _normalize(graph: Graph, weights: Weights, name: str, summands: list[str], *bias: str) -> str:
    scale = graph.constant(f"{name}.weight", weights[f"{name}.weight"])
    shift = graph.constant(f"{name}.bias", weights[f"{name}.bias"])
    inputs = [*summands, scale, shift, *bias]
    return graph.add("SkipLayerNormalization", inputs, name, domain=MICROSOFT, epsilon=EPSILON)


def _add_mask(graph: Graph) -> None:
    """`mask`, 0 or 1 in int32 whatever was sent, and `mask_row`, float32 (batch, 1, sequence)."""
    admitted = graph.add("Cast", ["attention_mask"], "admitted", to=TensorProto.BOOL)
    graph.add("Cast", [admitted], "mask", to=TensorProto.INT32)
    weight = graph.add("Cast", [admitted], "mask_weight", to=TensorProto.FLOAT)
    one = graph.constant("at_1", np.array([1], np.int64))
    graph.add("Unsqueeze", [weight, one], "mask_row")


def _sum(graph: Graph, hidden: str, name: str) -> str:
    one = graph.constant("at_1", np.array([1], np.int64))
    summed = graph.add("MatMul", ["mask_row", hidden], f"{name}.row")
    return graph.add("Squeeze", [summed, one], name)


def _unit(graph: Graph, tensor: str) -> str:
    tiny = graph.constant("tiny", np.array(1e-12, np.float32))
    norm = graph.add("ReduceL2", [tensor], "norm", axes=[-1], keepdims=1)
    safe = graph.add("Max", [norm, tiny], "safe_norm")
    return graph.add("Div", [tensor, safe], "sentence_embedding")
