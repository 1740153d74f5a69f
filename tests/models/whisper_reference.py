"""Whisper in float64 numpy, straight from the paper: what the ONNX graphs are held to.

It shares nothing with the recipes but the names that CTranslate2 gives the weights. The whole
text goes through the decoder at once, under a triangular mask: there is no past.
"""

from math import erf

import numpy as np

EPSILON = 1e-5


def encode(weights, mel):
    """What is heard: float64 (positions, width) of mel (mels, frames)."""
    hidden = gelu(convolve(weights, "encoder/conv1", mel, 1))
    hidden = gelu(convolve(weights, "encoder/conv2", hidden, 2)).T
    hidden = hidden + take(weights, "encoder/position_encodings/encodings")
    for name in layers(weights, "encoder"):
        normal = normalize(weights, f"{name}/self_attention/layer_norm", hidden)
        parts = np.split(dense(weights, f"{name}/self_attention/linear_0", normal), 3, axis=1)
        mixed = attend(weights, *parts)
        hidden = hidden + dense(weights, f"{name}/self_attention/linear_1", mixed)
        hidden = feed_forward(weights, f"{name}/ffn", hidden)
    return normalize(weights, "encoder/layer_norm", hidden)


def decode(weights, heard, ids):
    """Scores of what comes after each token: float64 (tokens, vocabulary)."""
    table = take(weights, "decoder/embeddings/weight")
    places = take(weights, "decoder/position_encodings/encodings")
    hidden = table[ids] + places[: len(ids)]
    mask = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
    for name in layers(weights, "decoder"):
        normal = normalize(weights, f"{name}/self_attention/layer_norm", hidden)
        parts = np.split(dense(weights, f"{name}/self_attention/linear_0", normal), 3, axis=1)
        own = attend(weights, *parts, mask=mask)
        hidden = hidden + dense(weights, f"{name}/self_attention/linear_1", own)
        normal = normalize(weights, f"{name}/attention/layer_norm", hidden)
        query = dense(weights, f"{name}/attention/linear_0", normal)
        key, value = np.split(dense(weights, f"{name}/attention/linear_1", heard), 2, axis=1)
        mixed = attend(weights, query, key, value)
        hidden = hidden + dense(weights, f"{name}/attention/linear_2", mixed)
        hidden = feed_forward(weights, f"{name}/ffn", hidden)
    return normalize(weights, "decoder/layer_norm", hidden) @ table.T


def take(weights, name):
    return np.asarray(weights[name], np.float64)


def layers(weights, side):
    count = sum(f"{side}/layer_{number}/ffn/linear_0/bias" in weights for number in range(64))
    return [f"{side}/layer_{number}" for number in range(count)]


def convolve(weights, name, signal, stride):
    kernel, bias = take(weights, f"{name}/weight"), take(weights, f"{name}/bias")
    padded = np.pad(signal, ((0, 0), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]
    return np.einsum("ctk,ock->ot", windows, kernel) + bias[:, None]


def attend(weights, query, key, value, mask=0.0):
    heads = int(weights["encoder/num_heads"])

    def apart(rows):
        return rows.reshape(len(rows), heads, -1).transpose(1, 0, 2)

    query, key, value = apart(query), apart(key), apart(value)
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1]) + mask
    chances = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances /= chances.sum(axis=-1, keepdims=True)
    return (chances @ value).transpose(1, 0, 2).reshape(query.shape[1], -1)


def feed_forward(weights, name, hidden):
    normal = normalize(weights, f"{name}/layer_norm", hidden)
    wide = gelu(dense(weights, f"{name}/linear_0", normal))
    return hidden + dense(weights, f"{name}/linear_1", wide)


def gelu(values):
    return values * 0.5 * (1 + np.vectorize(erf)(values / np.sqrt(2)))


def dense(weights, name, rows):
    return rows @ take(weights, f"{name}/weight").T + take(weights, f"{name}/bias")


def normalize(weights, name, rows):
    centred = rows - rows.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return centred / spread * take(weights, f"{name}/gamma") + take(weights, f"{name}/beta")
