"""A decoder of the Llama family as one ONNX graph with its keys and values beside it.

The tensors have the names that Optimum's and onnxruntime-genai's exports have, so what drives
this graph drives theirs: `input_ids`, `attention_mask`, `past_key_values.<layer>.key|value` →
`logits` of the last token, `present.<layer>.key|value`. Each row's mask says how long it is:
rows of different lengths may take a token each in one run.
"""

from collections.abc import Mapping

from onnx import ModelProto, TensorProto

from recipes.graph import Shape
from recipes.llama_layers import KINDS, Array, Layers, Size, State

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
OPSET, IR_VERSION = 23, 11  # the first with RMSNormalization


def decoder(weights: Mapping[str, Array], size: Size, *, eight_bit: bool = False) -> ModelProto:
    """The graph. `weights` are (out, in), by the names that GGUF gives them."""
    build = Layers(weights, size, eight_bit)
    build.count()
    state = State(build.embed(), "")
    for layer in range(size.layers):
        state = build.layer(layer, state)
    build.score(state)
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
    names = [f"{name}.{layer}.{kind}" for layer in range(size.layers) for kind in KINDS]
    return dict.fromkeys(names, (FLOAT, shape))
