"""BERT's encoder in float64 numpy, straight from the paper: what the ONNX graphs are held to.

It shares nothing with the recipes: it reads the published safetensors file by itself.
"""

import json
from math import erf
from pathlib import Path

import numpy as np

HEADS, LAYERS, EPSILON = 12, 6, 1e-12


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """A safetensors file's float32 tensors, as float64."""
    body = path.read_bytes()
    start = 8 + int.from_bytes(body[:8], "little")
    header = json.loads(body[8:start])
    return {
        name: np.frombuffer(body[start + at : start + end], "<f4")
        .reshape(entry["shape"])
        .astype(np.float64)
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
        for at, end in [entry["data_offsets"]]
    }


def embed(tensors: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """The sentence embedding of one text's token ids, without padding: float64 (384,)."""
    words = tensors["embeddings.word_embeddings.weight"][ids]
    places = tensors["embeddings.position_embeddings.weight"][: len(ids)]
    kinds = tensors["embeddings.token_type_embeddings.weight"][0]
    hidden = normalize(tensors, "embeddings.LayerNorm", words + places + kinds)
    for number in range(LAYERS):
        hidden = layer(tensors, f"encoder.layer.{number}", hidden)
    mean = hidden.mean(axis=0)
    return mean / np.linalg.norm(mean)


def layer(tensors, name, hidden):
    mixed = dense(tensors, f"{name}.attention.output.dense", attend(tensors, name, hidden))
    middle = normalize(tensors, f"{name}.attention.output.LayerNorm", mixed + hidden)
    wide = dense(tensors, f"{name}.intermediate.dense", middle)
    gelu = wide * 0.5 * (1 + np.vectorize(erf)(wide / np.sqrt(2)))
    return normalize(
        tensors, f"{name}.output.LayerNorm", dense(tensors, f"{name}.output.dense", gelu) + middle
    )


def attend(tensors, name, hidden):
    def heads(part):
        found = dense(tensors, f"{name}.attention.self.{part}", hidden)
        return found.reshape(len(hidden), HEADS, -1).transpose(1, 0, 2)

    query, key, value = heads("query"), heads("key"), heads("value")
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ value).transpose(1, 0, 2).reshape(hidden.shape)


def dense(tensors, name, hidden):
    return hidden @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def normalize(tensors, name, hidden):
    centred = hidden - hidden.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return centred / spread * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]
