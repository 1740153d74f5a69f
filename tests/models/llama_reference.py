"""A decoder of the Llama family written out in numpy, a token after the other, without a cache."""

import numpy as np

WIDTH, HEADS, SHARED, LAYERS, WIDE, VOCABULARY, PLACES = 64, 4, 2, 2, 96, 50, 64
EPSILON, BASE = 1e-5, 10_000.0


def made_up(seed=3):
    """Weights of no meaning, by GGUF's names; float32 (out, in)."""
    rng = np.random.default_rng(seed)
    head = WIDTH // HEADS
    shapes = {"token_embd": (VOCABULARY, WIDTH), "output_norm": (WIDTH,)}
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
    """float64 (vocabulary,): what may follow the last of `tokens`."""
    hidden = weights["token_embd.weight"][tokens].astype(np.float64)
    for layer in range(LAYERS):
        hidden = hidden + _attended(weights, f"blk.{layer}", hidden)
        normal = _normal(hidden, weights[f"blk.{layer}.ffn_norm.weight"])
        gate = normal @ weights[f"blk.{layer}.ffn_gate.weight"].T
        wide = gate / (1 + np.exp(-gate)) * (normal @ weights[f"blk.{layer}.ffn_up.weight"].T)
        hidden = hidden + wide @ weights[f"blk.{layer}.ffn_down.weight"].T
    last = _normal(hidden[-1], weights["output_norm.weight"])
    return last @ weights["token_embd.weight"].T


def _attended(weights, name, hidden):
    head, count = WIDTH // HEADS, len(hidden)
    normal = _normal(hidden, weights[f"{name}.attn_norm.weight"])
    query, key, value = (
        (normal @ weights[f"{name}.attn_{part}.weight"].T).reshape(count, -1, head)
        for part in "qkv"
    )
    query, key = _turned(query), _turned(key)
    seen = np.tril(np.ones((count, count), bool))
    heads = []
    for number in range(HEADS):
        shared = number // (HEADS // SHARED)
        close = query[:, number] @ key[:, shared].T / np.sqrt(head)
        share = np.exp(np.where(seen, close, -np.inf))
        heads.append(share / share.sum(axis=1, keepdims=True) @ value[:, shared])
    return np.concatenate(heads, axis=1) @ weights[f"{name}.attn_output.weight"].T


def _normal(values, scale):
    return values / np.sqrt((values**2).mean(axis=-1, keepdims=True) + EPSILON) * scale


def _turned(values):
    """Each pair of neighbours turned by its place's angle."""
    head = values.shape[-1]
    angle = np.arange(len(values))[:, None] / BASE ** (np.arange(0, head, 2) / head)
    pairs = values[..., 0::2] + 1j * values[..., 1::2]
    turned = pairs * np.exp(1j * angle)[:, None]
    return np.stack([turned.real, turned.imag], axis=-1).reshape(values.shape)
