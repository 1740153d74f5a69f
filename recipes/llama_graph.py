"""A decoder of the Llama family as one ONNX graph with its keys and values beside it.

The tensors have the names that Optimum's and onnxruntime-genai's exports have, so what drives
this graph drives theirs: `input_ids`, `attention_mask`, `past_key_values.<layer>.key|value` →
`logits` of the last token, `present.<layer>.key|value`. Each row's mask says how long it is:
rows of different lengths may take a token each in one run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from recipes.eight_bit import BLOCK, quantize_blocks, quantize_rows
from recipes.graph import MICROSOFT, Graph, Shape

Array = NDArray[np.float32]
FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
OPSET, IR_VERSION = 23, 11  # the first with RMSNormalization
WORDS = "token_embd.weight"
_KINDS = ("key", "value")


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


def decoder(weights: Mapping[str, Array], size: Size, *, eight_bit: bool = False) -> ModelProto:
    """The graph. `weights` are (out, in), by the names that GGUF gives them."""
    build = _Builder(weights, size, eight_bit)
    build.count()
    hidden = build.embed()
    for layer in range(size.layers):
        hidden = build.feed_forward(layer, build.attend(layer, hidden))
    build.score(hidden)
    inputs: dict[str, tuple[int, Shape]] = {
        "input_ids": (INT64, ("batch", "tokens")),
        "attention_mask": (INT64, ("batch", "total")),
    }
    logits = {"logits": (FLOAT, ("batch", 1, size.vocabulary))}
    return build.graph.model(
        inputs | _caches(size, "past_key_values", "past"),
        logits | _caches(size, "present", "total"),
        opset=OPSET,
        ir_version=IR_VERSION,
    )


def _caches(size: Size, name: str, tokens: str) -> dict[str, tuple[int, Shape]]:
    shape = ("batch", size.shared_heads, tokens, size.head)
    names = [f"{name}.{layer}.{kind}" for layer in range(size.layers) for kind in _KINDS]
    return dict.fromkeys(names, (FLOAT, shape))


@dataclass(slots=True)
class _Builder:
    weights: Mapping[str, Array]
    size: Size
    eight_bit: bool
    graph: Graph = field(default_factory=Graph)

    def count(self) -> None:
        """How long each row is and how long the longest may be, as the attention wants them."""
        add, one = self.graph.add, self.graph.constant("one", np.array([1]))
        lengths = add("ReduceSum", ["attention_mask", one], "lengths", keepdims=0)
        add("Cast", [add("Sub", [lengths, one], "last_places")], "seqlens_k", to=INT32)
        total = add("Shape", ["attention_mask"], "total", start=1, end=2)
        add("Cast", [total], "total_sequence_length", to=INT32)
        for name, table in zip(("cos", "sin"), _turns(self.size), strict=True):
            self.graph.constant(f"{name}_cache", table)

    def embed(self) -> str:
        """Rows of the word table."""
        add, table = self.graph.add, self.weights[WORDS]
        if not self.eight_bit:
            return add("Gather", [self.graph.constant(WORDS, table), "input_ids"], "words")
        codes, scales = quantize_rows(table)
        rows = add("Gather", [self.graph.constant("words.codes", codes), "input_ids"], "codes")
        scale = add("Gather", [self.graph.constant("words.scales", scales), "input_ids"], "scales")
        return add("Mul", [add("Cast", [rows], "values", to=FLOAT), scale], "words")

    def attend(self, layer: int, hidden: str) -> str:
        """Attention whose query heads share keys and values, each turned by its place."""
        block = f"blk.{layer}"
        normal = self.normalize(f"{block}.attn_norm", hidden)
        parts = [self.project(f"{block}.attn_{part}", normal) for part in "qkv"]
        node = helper.make_node(
            "GroupQueryAttention",
            [
                *parts,
                *(f"past_key_values.{layer}.{kind}" for kind in _KINDS),
                "seqlens_k",
                "total_sequence_length",
                "cos_cache",
                "sin_cache",
            ],
            [f"{block}.attended", *(f"present.{layer}.{kind}" for kind in _KINDS)],
            name=f"{block}.attended",
            domain=MICROSOFT,
            num_heads=self.size.heads,
            kv_num_heads=self.size.shared_heads,
            do_rotary=1,
            rotary_interleaved=1,  # GGUF keeps the two halves of a turn side by side
        )
        self.graph.nodes.append(node)
        mixed = self.project(f"{block}.attn_output", f"{block}.attended")
        return self.graph.add("Add", [hidden, mixed], f"{block}.mixed")

    def feed_forward(self, layer: int, hidden: str) -> str:
        """A gated layer, added to what it was given."""
        block, add = f"blk.{layer}", self.graph.add
        normal = self.normalize(f"{block}.ffn_norm", hidden)
        gate = self.project(f"{block}.ffn_gate", normal)
        open_ = add("Mul", [gate, add("Sigmoid", [gate], f"{block}.sigmoid")], f"{block}.open")
        wide = add("Mul", [open_, self.project(f"{block}.ffn_up", normal)], f"{block}.wide")
        return add("Add", [hidden, self.project(f"{block}.ffn_down", wide)], f"{block}.out")

    def score(self, hidden: str) -> None:
        """Scores of every word after the last token, by the table that the words come from."""
        last = self.graph.constant("last", np.array([-1]))
        row = self.graph.add("Gather", [hidden, last], "last_token", axis=1)
        normal = self.normalize("output_norm", row)
        if self.eight_bit:
            self.multiply(WORDS, normal, "logits")
            return
        # The table is there already, by rows: Gemm reads it turned without a second copy.
        axis = self.graph.constant("axis", np.array([1]))
        flat = self.graph.add("Squeeze", [normal, axis], "last_hidden")
        scores = self.graph.add("Gemm", [flat, WORDS], "scores", transB=1)
        self.graph.add("Unsqueeze", [scores, axis], "logits")

    def normalize(self, name: str, tensor: str) -> str:
        """Root mean square normalisation over the last axis."""
        scale = self.graph.constant(f"{name}.weight", self.weights[f"{name}.weight"].reshape(-1))
        add = partial(self.graph.add, "RMSNormalization", [tensor, scale], name)
        return add(axis=-1, epsilon=self.size.epsilon)

    def project(self, name: str, tensor: str) -> str:
        """`tensor` times the transposed matrix of that name."""
        return self.multiply(f"{name}.weight", tensor, name)

    def multiply(self, weight: str, tensor: str, output: str) -> str:
        matrix = self.weights[weight]
        if not self.eight_bit:
            held = self.graph.constant(f"{weight}.turned", matrix.T)
            return self.graph.add("MatMul", [tensor, held], output)
        codes, scales = quantize_blocks(matrix)
        inputs = [
            tensor,
            self.graph.constant(f"{weight}.codes", codes),
            self.graph.constant(f"{weight}.scales", scales),
        ]
        add = partial(self.graph.add, "MatMulNBits", inputs, output, domain=MICROSOFT)
        return add(N=len(matrix), K=matrix.shape[1], bits=8, block_size=BLOCK, accuracy_level=4)


def _turns(size: Size) -> tuple[Array, Array]:
    """Cosines and sines of every place's angles: float32 (places, half a head)."""
    steps = size.rope_base ** (np.arange(0, size.head, 2) / size.head)
    angles = np.arange(size.places)[:, None] / steps
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
