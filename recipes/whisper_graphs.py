"""Whisper's encoder and decoder as ONNX graphs, written by hand with onnxruntime's operators.

The encoder also makes the keys and values that the decoder's cross-attention reads, so that
they are worked out once for a sound. The decoder takes the keys and values of the tokens
before (`past.*`) and gives them with the new ones (`present.*`).
"""

import numpy as np
import onnx
from onnx import TensorProto

from recipes.ct2 import Weights
from recipes.eight_bit import quantize_rows
from recipes.graph import MICROSOFT, Shape
from recipes.whisper_layers import Builder, Size, read_size

FLOAT = TensorProto.FLOAT
_KINDS = ("key", "value")


def encoder(weights: Weights, *, eight_bit: bool = False) -> onnx.ModelProto:
    """`mel` float32 (batch, mels, frames) → `cross.<layer>.key|value` for the decoder."""
    size = read_size(weights)
    build = Builder(weights, size, eight_bit)
    hidden = _listen(build)
    for layer in range(size.layers):
        name = f"encoder/layer_{layer}"
        normal = build.normalize(f"{name}/self_attention/layer_norm", hidden)
        parts = build.split_dense(f"{name}/self_attention/linear_0", normal, "qkv")
        heard = build.attend(parts, f"{name}.attended")
        mixed = build.dense(f"{name}/self_attention/linear_1", heard)
        hidden = build.graph.add("Add", [hidden, mixed], f"{name}.mixed")
        hidden = build.feed_forward(f"{name}/ffn", hidden)
    hidden = build.normalize("encoder/layer_norm", hidden)
    for layer in range(size.layers):
        name = f"decoder/layer_{layer}/attention/linear_1"
        for part, kind in zip(build.split_dense(name, hidden, "kv"), _KINDS, strict=True):
            build.heads(part, f"cross.{layer}.{kind}")
    inputs: dict[str, tuple[int, Shape]] = {"mel": (FLOAT, ("batch", size.mels, size.frames))}
    return build.graph.model(inputs, _caches(size, "cross", size.frames // 2))


def decoder(weights: Weights, *, eight_bit: bool = False) -> onnx.ModelProto:
    """`input_ids` int64 (batch, tokens), the past and the cross keys → `logits`, the present.

    `logits` are float32 (batch, vocabulary), of the last token.
    """
    size = read_size(weights)
    build = Builder(weights, size, eight_bit)
    hidden = _embed(build)
    for layer in range(size.layers):
        hidden = _decoder_layer(build, f"decoder/layer_{layer}", layer, hidden)
    _score(build, hidden)
    inputs: dict[str, tuple[int, Shape]] = {"input_ids": (TensorProto.INT64, ("batch", "tokens"))}
    inputs |= _caches(size, "past", "past") | _caches(size, "cross", size.frames // 2)
    outputs: dict[str, tuple[int, Shape]] = {"logits": (FLOAT, ("batch", size.vocabulary))}
    return build.graph.model(inputs, outputs | _caches(size, "present", "total"))


def _caches(size: Size, name: str, tokens: int | str) -> dict[str, tuple[int, Shape]]:
    shape = ("batch", size.heads, tokens, size.head)
    names = [f"{name}.{layer}.{kind}" for layer in range(size.layers) for kind in _KINDS]
    return dict.fromkeys(names, (FLOAT, shape))


def _listen(build: Builder) -> str:
    """Two convolutions over the frames, the second of which halves them, and positions."""
    hidden = "mel"
    for name, stride in (("encoder/conv1", 1), ("encoder/conv2", 2)):
        inputs = [hidden, build.float(f"{name}/weight"), build.float(f"{name}/bias")]
        made = build.graph.add("Conv", inputs, name, pads=[1, 1], strides=[stride])
        hidden = build.graph.add("Gelu", [made], f"{name}.gelu", domain=MICROSOFT)
    rows = build.graph.add("Transpose", [hidden], "frames", perm=[0, 2, 1])
    places = build.float("encoder/position_encodings/encodings")
    return build.graph.add("Add", [rows, places], "placed_frames")


def _embed(build: Builder) -> str:
    """Rows of the word table, and of the positions from the past's length on."""
    graph, zero = build.graph, build.ints(0)
    start = graph.add("Shape", ["past.0.key"], "past_length", start=2, end=3)
    count = graph.add("Shape", ["input_ids"], "new_length", start=1, end=2)
    end = graph.add("Add", [start, count], "total_length")
    table = build.float("decoder/position_encodings/encodings")
    places = graph.add("Slice", [table, start, end, zero], "places")
    return graph.add("Add", [_words(build), places], "placed_words")


def _words(build: Builder) -> str:
    table, graph = build.weights["decoder/embeddings/weight"], build.graph
    if not build.eight_bit:
        return graph.add("Gather", [build.float("decoder/embeddings/weight"), "input_ids"], "words")
    codes, scales = quantize_rows(table.astype(np.float32))
    rows = graph.add("Gather", [graph.constant("words.codes", codes), "input_ids"], "word_codes")
    wide = graph.add("Cast", [rows], "word_values", to=FLOAT)
    scale = graph.add("Gather", [graph.constant("words.scales", scales), "input_ids"], "word_scale")
    return graph.add("Mul", [wide, scale], "words")


def _decoder_layer(build: Builder, name: str, layer: int, hidden: str) -> str:
    past = [f"past.{layer}.{kind}" for kind in _KINDS]
    present = [f"present.{layer}.{kind}" for kind in _KINDS]
    normal = build.normalize(f"{name}/self_attention/layer_norm", hidden)
    parts = build.split_dense(f"{name}/self_attention/linear_0", normal, "qkv")
    # The operator's inputs between are a bias, a padding mask and an attention bias.
    own = build.attend([*parts, "", "", "", *past], f"{name}.own", *present, causal=True)
    mixed = build.dense(f"{name}/self_attention/linear_1", own)
    hidden = build.graph.add("Add", [hidden, mixed], f"{name}.spoken")
    normal = build.normalize(f"{name}/attention/layer_norm", hidden)
    query = build.dense(f"{name}/attention/linear_0", normal)
    cross = [f"cross.{layer}.{kind}" for kind in _KINDS]
    heard = build.attend([query, *cross], f"{name}.heard")
    mixed = build.dense(f"{name}/attention/linear_2", heard)
    hidden = build.graph.add("Add", [hidden, mixed], f"{name}.mixed")
    return build.feed_forward(f"{name}/ffn", hidden)


def _score(build: Builder, hidden: str) -> None:
    """Scores of every word after the last token, by the table that the words come from."""
    graph = build.graph
    row = graph.add("Gather", [hidden, build.ints(-1)], "last_row", axis=1)
    last = graph.add("Squeeze", [row, build.ints(1)], "last_token")
    normal = build.normalize("decoder/layer_norm", last)
    table = build.weights["decoder/embeddings/weight"]
    if build.eight_bit:
        build.project(table, "logits", normal)
    else:
        # The table is there already, by rows: Gemm reads it turned without a second copy.
        graph.add("Gemm", [normal, "decoder/embeddings/weight"], "logits", transB=1)
