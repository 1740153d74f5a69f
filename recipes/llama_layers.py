"""The parts of a decoder of the Llama family, as nodes of a graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from recipes.eight_bit import BLOCK, quantize_blocks
from recipes.graph import MICROSOFT, Graph

Array = NDArray[np.float32]
WORDS = "token_embd.weight"
KINDS = ("key", "value")


@dataclass(frozen=True, slots=True)
class Size:
    """The sizes of a decoder. `places` is the longest text that it was trained on, in tokens."""

    layers: int
    width: int
    heads: int
    shared_heads: int  # of keys and values
    vocabulary: int
    places: int
    rope_base: float
    epsilon: float

    @property
    def head(self) -> int:
        """The width of one head."""
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class State:
    """What the layers hand on: what there was, and what is to be added to it, "" for nothing."""

    hidden: str
    added: str


@dataclass(slots=True)
class Layers:
    """Builds the graph node by node; matrices that read the same are one, side by side."""

    weights: Mapping[str, Array]
    size: Size
    eight_bit: bool
    graph: Graph = field(default_factory=Graph)
    joined: dict[str, Array] = field(default_factory=dict)

    def count(self) -> None:
        """How long each row is and how long the longest may be, as the attention wants them."""
        add, one = self.graph.add, self.graph.constant("one", np.array([1]))
        lengths = add("ReduceSum", ["attention_mask", one], "lengths", keepdims=0)
        add("Cast", [add("Sub", [lengths, one], "last_places")], "seqlens_k", to=TensorProto.INT32)
        total = add("Shape", ["attention_mask"], "total", start=1, end=2)
        add("Cast", [total], "total_sequence_length", to=TensorProto.INT32)
        for name, table in zip(("cos", "sin"), _turns(self.size), strict=True):
            self.graph.constant(f"{name}_cache", table)

    def embed(self) -> str:
        """Rows of the word table."""
        if not self.eight_bit:
            table = self.graph.constant(WORDS, self.weights[WORDS])
            return self.graph.add("Gather", [table, "input_ids"], "words")
        codes, _ = self.quantized(WORDS)  # the scores' own: the table is there once
        _, scales = quantize_blocks(self.weights[WORDS])
        blocks = self.graph.add(
            "GatherBlockQuantized",
            [codes, "input_ids", self.graph.constant("words.scales", scales[..., None])],
            "words.blocks",
            domain=MICROSOFT,
            bits=8,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=2,
        )
        shape = self.graph.constant("words.shape", np.array([0, 0, self.size.width]))
        return self.graph.add("Reshape", [blocks, shape], "words")

    def attend(self, layer: int, normal: str) -> str:
        """Attention whose query heads share keys and values, each turned by its place."""
        block = f"blk.{layer}"
        joined = self.project(f"{block}.attn_qkv", normal, [f"{block}.attn_{p}" for p in "qkv"])
        node = helper.make_node(
            "GroupQueryAttention",
            [
                joined,
                "",
                "",
                *(f"past_key_values.{layer}.{kind}" for kind in KINDS),
                "seqlens_k",
                "total_sequence_length",
                "cos_cache",
                "sin_cache",
            ],
            [f"{block}.attended", *(f"present.{layer}.{kind}" for kind in KINDS)],
            name=f"{block}.attended",
            domain=MICROSOFT,
            num_heads=self.size.heads,
            kv_num_heads=self.size.shared_heads,
            do_rotary=1,
            rotary_interleaved=1,  # GGUF keeps the two halves of a turn side by side
        )
        self.graph.nodes.append(node)
        return f"{block}.attended"

    def layer(self, layer: int, state: State) -> State:
        """Attention and a gated layer, each added to what it was given."""
        block = f"blk.{layer}"
        state = self.normalize(f"{block}.attn_norm", state)
        attended = self.attend(layer, state.added)
        if layer == self.size.layers - 1:  # nothing looks at what comes before the last token
            state = State(self.last(state.hidden), "")
            attended = self.last(attended)
        mixed = self.project(f"{block}.attn_output", attended)
        state = self.normalize(f"{block}.ffn_norm", State(state.hidden, mixed))
        return State(state.hidden, self.feed_forward(block, state.added))

    def feed_forward(self, block: str, normal: str) -> str:
        """A gated layer."""
        add, parts = self.graph.add, [f"{block}.ffn_{part}" for part in ("gate", "up")]
        joined = self.project(f"{block}.ffn_gate_up", normal, parts)
        gate, up = self.graph.split(joined, parts, axis=2, num_outputs=2)
        open_ = add("Mul", [gate, add("Sigmoid", [gate], f"{block}.sigmoid")], f"{block}.open")
        return self.project(f"{block}.ffn_down", add("Mul", [open_, up], f"{block}.wide"))

    def last(self, tensor: str) -> str:
        """Of each row, the last token's."""
        last = self.graph.constant("last", np.array([-1]))
        return self.graph.add("Gather", [tensor, last], f"{tensor}.last", axis=1)

    def score(self, state: State) -> None:
        """Scores of every word after the last token, by the table that the words come from."""
        normal = self.normalize("output_norm", state).added
        if self.eight_bit:
            self.multiply(WORDS, normal, "logits")
            return
        # The table is there already, by rows: Gemm reads it turned without a second copy.
        axis = self.graph.constant("axis", np.array([1]))
        flat = self.graph.add("Squeeze", [normal, axis], "last_hidden")
        scores = self.graph.add("Gemm", [flat, WORDS], "scores", transB=1)
        self.graph.add("Unsqueeze", [scores, axis], "logits")

    def normalize(self, name: str, state: State) -> State:
        """The sum of both, and beside it the sum after root mean square normalisation."""
        scale = self.graph.constant(f"{name}.weight", self.weights[f"{name}.weight"].reshape(-1))
        epsilon = self.size.epsilon
        if not state.added:
            inputs = [state.hidden, scale]
            normal = self.graph.add("RMSNormalization", inputs, name, axis=-1, epsilon=epsilon)
            return State(state.hidden, normal)
        node = helper.make_node(
            "SkipSimplifiedLayerNormalization",
            [state.hidden, state.added, scale],
            [name, "", "", f"{name}.sum"],
            name=name,
            domain=MICROSOFT,
            epsilon=epsilon,
        )
        self.graph.nodes.append(node)
        return State(f"{name}.sum", name)

    def project(self, name: str, tensor: str, parts: Sequence[str] = ()) -> str:
        """`tensor` times the transposed matrix of that name, or those of `parts` side by side."""
        if parts:
            rows = [self.weights[f"{part}.weight"] for part in parts]
            self.joined[f"{name}.weight"] = np.concatenate(rows)
        return self.multiply(f"{name}.weight", tensor, name)

    def multiply(self, weight: str, tensor: str, output: str) -> str:
        matrix = self.matrix(weight)
        if not self.eight_bit:
            held = self.graph.constant(f"{weight}.turned", matrix.T)
            return self.graph.add("MatMul", [tensor, held], output)
        inputs = [tensor, *self.quantized(weight)]
        add = partial(self.graph.add, "MatMulNBits", inputs, output, domain=MICROSOFT)
        rows, width = matrix.shape
        return add(N=rows, K=width, bits=8, block_size=BLOCK, accuracy_level=4)

    def quantized(self, weight: str) -> list[str]:
        """A matrix in eight bits: codes (out, blocks, a block) and scales (out, blocks)."""
        parts = zip(("codes", "scales"), quantize_blocks(self.matrix(weight)), strict=True)
        return [self.graph.constant(f"{weight}.{name}", part) for name, part in parts]

    def matrix(self, weight: str) -> Array:
        return self.weights[weight] if weight in self.weights else self.joined[weight]


def _turns(size: Size) -> tuple[Array, Array]:
    """Cosines and sines of every place's angles: float32 (places, half a head)."""
    steps = size.rope_base ** (np.arange(0, size.head, 2) / size.head)
    angles = np.arange(size.places)[:, None] / steps
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
