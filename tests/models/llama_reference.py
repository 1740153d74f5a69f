"""A decoder of the Llama family written out in numpy, all of a text at once, without a cache."""

from typing import NamedTuple

import numpy as np

WIDTH, HEADS, SHARED, LAYERS, WIDE, VOCABULARY, PLACES = 64, 4, 2, 2, 96, 50, 64
EPSILON, BASE = 1e-5, 10_000.0


class Sizes(NamedTuple):
    layers: int = LAYERS
    heads: int = HEADS
    shared: int = SHARED
    epsilon: float = EPSILON
    base: float = BASE


MADE_UP = Sizes()


def made_up(seed=3, vocabulary=VOCABULARY):
    """Weights of no meaning, by GGUF's names; float32 (out, in)."""
    rng = np.random.default_rng(seed)
    head = WIDTH // HEADS
    shapes = {"token_embd": (vocabulary, WIDTH), "output_norm": (WIDTH,)}
    for layer in range(LAYERS):
        shapes |= {
            f"blk.{layer}.attn_norm": (WIDTH,),
            f"blk.{layer}.attn_q": (WIDTH, WIDTH),
            f"blk.{layer}.attn_k": (SHARED * head, WIDTH),
            f"blk.{layer}.attn_v": (SHARED * head, WIDTH),
            f"blk.{layer}.attn_output": (WIDTH, WIDTH),
            f"blk.{layer}.ffn_norm": (WIDTH,),
            f"blk.{layer}.ffn_gate": (WIDE, WIDTH),
            f"blk.{layer}.ffn_up": (WIDE, WIDTH),
            f"blk.{layer}.ffn_down": (WIDTH, WIDE),
        }
    return {
        f"{name}.weight": rng.normal(1.0 if len(shape) == 1 else 0.0, 0.2, shape).astype(np.float32)
        for name, shape in shapes.items()
    }


def scores(weights, tokens):
    """float64 (vocabulary,): what may follow the last of `tokens`, by made-up weights."""
    return all_scores(weights, tokens, MADE_UP)[-1]


def all_scores(weights, tokens, sizes):
    """float64 (tokens, vocabulary): what may follow each of `tokens`."""
    hidden = weights["token_embd.weight"][tokens].astype(np.float64)
    for layer in range(sizes.layers):
        hidden = hidden + _attended(weights, f"blk.{layer}", hidden, sizes)
        normal = _normal(hidden, weights[f"blk.{layer}.ffn_norm.weight"], sizes)
        gate = normal @ weights[f"blk.{layer}.ffn_gate.weight"].T
        wide = gate / (1 + np.exp(-gate)) * (normal @ weights[f"blk.{layer}.ffn_up.weight"].T)
        hidden = hidden + wide @ weights[f"blk.{layer}.ffn_down.weight"].T
    return _normal(hidden, weights["output_norm.weight"], sizes) @ weights["token_embd.weight"].T


def _attended(weights, name, hidden, sizes):
    count = len(hidden)
    head = hidden.shape[1] // sizes.heads
    normal = _normal(hidden, weights[f"{name}.attn_norm.weight"], sizes)
    query, key, value = (
        (normal @ weights[f"{name}.attn_{part}.weight"].T).reshape(count, -1, head)
        for part in "qkv"
    )
    query, key = _turned(query, sizes), _turned(key, sizes)
    seen = np.tril(np.ones((count, count), bool))
    heads = []
    for number in range(sizes.heads):
        shared = number // (sizes.heads // sizes.shared)
        close = query[:, number] @ key[:, shared].T / np.sqrt(head)
        share = np.exp(np.where(seen, close - close.max(axis=1, keepdims=True), -np.inf))
        heads.append(share / share.sum(axis=1, keepdims=True) @ value[:, shared])
    return np.concatenate(heads, axis=1) @ weights[f"{name}.attn_output.weight"].T


def _normal(values, scale, sizes):
    return values / np.sqrt((values**2).mean(axis=-1, keepdims=True) + sizes.epsilon) * scale


def _turned(values, sizes):
    """Each pair of neighbours turned by its place's angle."""
    head = values.shape[-1]
    angle = np.arange(len(values))[:, None] / sizes.base ** (np.arange(0, head, 2) / head)
    pairs = values[..., 0::2] + 1j * values[..., 1::2]
    turned = pairs * np.exp(1j * angle)[:, None]
    return np.stack([turned.real, turned.imag], axis=-1).reshape(values.shape)
