"""The blocks of Whisper's graphs over its weights, which keep CTranslate2's names."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from onnx import helper

from recipes.ct2 import Array, Weights
from recipes.eight_bit import BLOCK, quantize_blocks
from recipes.graph import MICROSOFT, Graph

EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Size:
    """The sizes that a model's weights have."""

    mels: int
    frames: int
    width: int
    heads: int
    layers: int
    vocabulary: int

    @property
    def head(self) -> int:
        """The width of one head."""
        return self.width // self.heads


def read_size(weights: Weights) -> Size:
    """The sizes, from the weights themselves."""
    vocabulary, width = weights["decoder/embeddings/weight"].shape
    return Size(
        mels=weights["encoder/conv1/weight"].shape[1],
        frames=2 * len(weights["encoder/position_encodings/encodings"]),
        width=width,
        heads=weights["encoder/num_heads"].item(),
        layers=sum(name.endswith("self_attention/linear_0/bias") for name in weights) // 2,
        vocabulary=vocabulary,
    )


@dataclass(slots=True)
class Builder:
    """A graph over the weights; with `eight_bit` its large matrices are kept in eight bits."""

    weights: Weights
    size: Size
    eight_bit: bool = False
    graph: Graph = field(default_factory=Graph)

    def float(self, name: str) -> str:
        """A weight in float32, as a constant."""
        return self.graph.constant(name, self.weights[name].astype(np.float32))

    def ints(self, *values: int) -> str:
        """A list of int64, as a constant."""
        return self.graph.constant(f"ints{values}", np.array(values, np.int64))

    def dense(self, name: str, tensor: str) -> str:
        """`tensor` times a matrix, with its bias."""
        made = self.project(self.weights[f"{name}/weight"], name, tensor)
        return self.graph.add("Add", [made, self.float(f"{name}/bias")], f"{name}.biased")

    def project(self, matrix: Array, name: str, tensor: str) -> str:
        """`tensor` times the transposed matrix (out, in)."""
        if not self.eight_bit:
            held = self.graph.constant(f"{name}.weight", matrix.astype(np.float32).T)
            return self.graph.add("MatMul", [tensor, held], name)
        codes, scales = quantize_blocks(matrix.astype(np.float32))
        inputs = [
            tensor,
            self.graph.constant(f"{name}.codes", codes),
            self.graph.constant(f"{name}.scales", scales),
        ]
        add = partial(self.graph.add, "MatMulNBits", inputs, name, domain=MICROSOFT)
        return add(N=len(matrix), K=matrix.shape[1], bits=8, block_size=BLOCK, accuracy_level=4)

    def normalize(self, name: str, tensor: str) -> str:
        """Layer normalisation over the last axis."""
        inputs = [tensor, self.float(f"{name}/gamma"), self.float(f"{name}/beta")]
        return self.graph.add("LayerNormalization", inputs, name, axis=-1, epsilon=EPSILON)

    def feed_forward(self, name: str, tensor: str) -> str:
        """The two dense layers of a block, added to what they were given."""
        normal = self.normalize(f"{name}/layer_norm", tensor)
        wide = self.dense(f"{name}/linear_0", normal)
        active = self.graph.add("Gelu", [wide], f"{name}.gelu", domain=MICROSOFT)
        return self.graph.add("Add", [tensor, self.dense(f"{name}/linear_1", active)], name)

    def heads(self, tensor: str, name: str) -> str:
        """(batch, tokens, width) → (batch, heads, tokens, width of a head)."""
        shape = self.ints(0, 0, self.size.heads, self.size.head)
        apart = self.graph.add("Reshape", [tensor, shape], f"{name}.apart")
        return self.graph.add("Transpose", [apart], name, perm=[0, 2, 1, 3])

    def split_dense(self, name: str, tensor: str, parts: str) -> list[str]:
        """One dense layer whose output is `parts` side by side."""
        joined = self.dense(name, tensor)
        return self.graph.split(joined, [f"{name}.{part}" for part in parts], axis=2)

    def attend(self, inputs: list[str], name: str, *kept: str, causal: bool = False) -> str:
        """Attention of several heads; `kept` names the keys and values that it gives out."""
        node = helper.make_node(
            "MultiHeadAttention",
            inputs,
            [name, *kept],
            name=name,
            domain=MICROSOFT,
            num_heads=self.size.heads,
            unidirectional=int(causal),
        )
        self.graph.nodes.append(node)
        return name
