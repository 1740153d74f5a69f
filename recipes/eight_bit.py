"""BERT's matrices in eight bits, each row's answer depending on that row alone.

Weights are quantised in blocks of 32 along the inner axis and multiplied by MatMulNBits,
which quantises activations by row and block too (accuracy_level 4). Nothing is scaled by
the largest value of a whole batch, so a text's embedding does not depend on its batch-mates.
Blocks of 128 were measured to depend on them (cosine 0.9994), blocks of 64 to be a little
less exact; without accuracy_level 4 a short text takes five times as long.
"""

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from recipes.bert import HEADS, Array, Weights, joined_qkv
from recipes.graph import MICROSOFT, Graph

BLOCK = 32
LEVELS = 127
ZERO = 128


@dataclass(frozen=True, slots=True)
class EightBit:
    """int8 words with a scale a row; uint8 matrices with a scale a block; float16 positions."""

    def lookup(self, graph: Graph, weights: Weights, ids: str) -> str:
        codes, scales = quantize_rows(weights["embeddings.word_embeddings.weight"])
        rows = graph.add("Gather", [graph.constant("words", codes), ids], "codes_of_input_ids")
        wide = graph.add("Cast", [rows], "word_values", to=TensorProto.FLOAT)
        table = graph.constant("word_scales", scales)
        scale = graph.add("Gather", [table, ids], "scales_of_input_ids")
        return graph.add("Mul", [wide, scale], "rows_of_input_ids")

    def places(self, graph: Graph, table: Array) -> str:
        name = graph.constant("half_positions", table.astype(np.float16))
        return graph.add("Cast", [name], "positions", to=TensorProto.FLOAT)

    def attention(self, graph: Graph, weights: Weights, layer: str, hidden: str) -> str:
        matrix, bias = joined_qkv(weights, layer)
        joined = self.project(graph, matrix, f"{layer}.qkv", hidden)
        parts = graph.split(joined, [f"{layer}.{part}" for part in ("q", "k", "v")], axis=2)
        inputs = [*parts, graph.constant(f"{layer}.qkv_bias", bias), "mask"]
        return graph.add(
            "MultiHeadAttention", inputs, f"{layer}.attended", domain=MICROSOFT, num_heads=HEADS
        )

    def project(self, graph: Graph, matrix: Array, name: str, tensor: str) -> str:
        codes, scales = quantize_blocks(matrix)
        size = {"N": matrix.shape[0], "K": matrix.shape[1], "bits": 8, "block_size": BLOCK}
        inputs = [
            tensor,
            graph.constant(f"{name}.codes", codes),
            graph.constant(f"{name}.scales", scales),
        ]
        return graph.add("MatMulNBits", inputs, name, domain=MICROSOFT, accuracy_level=4, **size)


def quantize_rows(table: Array) -> tuple[Array, Array]:
    """int8 (rows, width) and float32 (rows, 1): the table is about their product."""
    scales = _scales(table)
    return np.rint(table / scales).astype(np.int8), scales


def quantize_blocks(matrix: Array) -> tuple[Array, Array]:
    """uint8 (rows, blocks, BLOCK) around 128 and float32 (rows, blocks), as MatMulNBits wants."""
    blocks = matrix.reshape(len(matrix), -1, BLOCK)
    scales = _scales(blocks)
    codes = np.rint(blocks / scales) + ZERO
    return codes.astype(np.uint8), scales[..., 0]


def _scales(values: Array) -> Array:
    largest = np.abs(values).max(axis=-1, keepdims=True)
    scales: Array = (np.where(largest == 0, 1, largest) / LEVELS).astype(np.float32)
    return scales
