"""A small convolutional classifier, trained with numpy alone.

Two 3 × 3 convolutions, a 2 × 2 maximum, two dense layers; Adam on the cross-entropy. The
backward pass is written out, which for six arrays is shorter than a framework's import.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recipes.graph import Graph

Array = NDArray[np.float32]
Weights = Mapping[str, Array]
"""conv1, conv2: (out, in, 3, 3); dense1, dense2: (in, out); and a bias `….b` of each."""

Augment = Callable[[Array, np.random.Generator], Array]
LAYERS = ("conv1", "conv2", "dense1", "dense2")


def train(
    pictures: Array, labels: NDArray[Any], augment: Augment, *, epochs: int, seed: int
) -> Weights:
    """Weights for pictures float32 (rows, 1, side, side) of labels int (rows,)."""
    random = np.random.default_rng(seed)
    weights = _initial(pictures.shape[2], int(labels.max()) + 1, random)
    moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in weights.items()}
    steps = epochs * -(-len(labels) // 64)
    for step, rows in enumerate(_batches(len(labels), epochs, random)):
        gradients = _gradients(weights, augment(pictures[rows], random), labels[rows])
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
        for name, gradient in gradients.items():
            weights[name] -= rate * _adam(moments[name], gradient, step + 1)
    return weights


def export(weights: Weights, side: int) -> Any:
    """The same network as an ONNX model: `image` (batch, 1, side, side) → `logits`."""
    graph = Graph()
    for name in weights:
        graph.constant(name, weights[name])
    flow = "image"
    for layer in ("conv1", "conv2"):
        flow = graph.add("Conv", [flow, layer, f"{layer}.b"], f"{layer}.sum", pads=[1, 1, 1, 1])
        flow = graph.add("Relu", [flow], f"{layer}.out")
    flow = graph.add("MaxPool", [flow], "pooled", kernel_shape=[2, 2], strides=[2, 2])
    flow = graph.add("Flatten", [flow], "flat")
    flow = graph.add("Gemm", [flow, "dense1", "dense1.b"], "dense1.sum")
    flow = graph.add("Relu", [flow], "dense1.out")
    graph.add("Gemm", [flow, "dense2", "dense2.b"], "logits")
    classes = weights["dense2"].shape[1]
    return graph.model(
        {"image": (1, ("batch", 1, side, side))}, {"logits": (1, ("batch", classes))}
    )


def _initial(side: int, classes: int, random: np.random.Generator) -> dict[str, Array]:
    flat = 64 * (side // 2) ** 2
    shapes = ((32, 1, 3, 3), (64, 32, 3, 3), (flat, 64), (64, classes))
    inputs = (9, 288, flat, 64)
    weights = {}
    for layer, shape, fan_in in zip(LAYERS, shapes, inputs, strict=True):
        spread = np.sqrt(2 / fan_in)
        weights[layer] = random.normal(0, spread, shape).astype(np.float32)
        weights[f"{layer}.b"] = np.zeros(shape[0] if len(shape) == 4 else shape[1], np.float32)
    return weights


def _batches(rows: int, epochs: int, random: np.random.Generator) -> Iterator[NDArray[Any]]:
    for _ in range(epochs):
        order = random.permutation(rows)
        for first in range(0, rows, 64):
            yield order[first : first + 64]


def _gradients(weights: Weights, pictures: Array, labels: NDArray[Any]) -> dict[str, Array]:
    """The loss's slope in every weight, averaged over the batch."""
    rows, _, side, _ = pictures.shape
    patches1 = _patches(pictures)
    first = np.maximum(_convolve(patches1, weights, "conv1"), 0)
    patches2 = _patches(first.reshape(rows, side, side, -1).transpose(0, 3, 1, 2))
    second = np.maximum(_convolve(patches2, weights, "conv2"), 0)
    blocks = second.reshape(rows, side // 2, 2, side // 2, 2, -1)
    pooled = blocks.max(axis=(2, 4), keepdims=True)
    flat = pooled[:, :, 0, :, 0].transpose(0, 3, 1, 2).reshape(rows, -1)
    hidden = np.maximum(flat @ weights["dense1"] + weights["dense1.b"], 0)
    scores = _softmax(hidden @ weights["dense2"] + weights["dense2.b"])

    scores[np.arange(rows), labels] -= 1
    d_hidden = (scores @ weights["dense2"].T) * (hidden > 0) / rows
    d_flat = (d_hidden @ weights["dense1"].T).reshape(rows, -1, side // 2, side // 2)
    d_blocks = (blocks == pooled) * d_flat.transpose(0, 2, 3, 1)[:, :, None, :, None]
    d_second = d_blocks.reshape(second.shape) * (second > 0)
    kernel2 = weights["conv2"].reshape(len(weights["conv2"]), -1)
    d_first = _unpatch(d_second @ kernel2, rows, side) * (first > 0)
    return {
        "conv1": (d_first.T @ patches1).reshape(weights["conv1"].shape),
        "conv1.b": d_first.sum(axis=0),
        "conv2": (d_second.T @ patches2).reshape(weights["conv2"].shape),
        "conv2.b": d_second.sum(axis=0),
        "dense1": flat.T @ d_hidden,
        "dense1.b": d_hidden.sum(axis=0),
        "dense2": hidden.T @ scores / rows,
        "dense2.b": scores.mean(axis=0),
    }


def _convolve(patches: Array, weights: Weights, layer: str) -> Array:
    kernel = weights[layer]
    return patches @ kernel.reshape(len(kernel), -1).T + weights[f"{layer}.b"]


def _patches(pictures: Array) -> Array:
    """(rows · height · width, channels · 9) of (rows, channels, height, width)."""
    padded = np.pad(pictures, ((0, 0), (0, 0), (1, 1), (1, 1)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    rows, channels, height, width = pictures.shape
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(rows * height * width, channels * 9)


def _unpatch(patches: Array, rows: int, side: int) -> Array:
    """The sum of overlapping patches: (rows · side · side, channels), `_patches` transposed."""
    channels = patches.shape[1] // 9
    parts = patches.reshape(rows, side, side, channels, 3, 3)
    padded = np.zeros((rows, side + 2, side + 2, channels), np.float32)
    for y in range(3):
        for x in range(3):
            padded[:, y : y + side, x : x + side] += parts[..., y, x]
    return padded[:, 1:-1, 1:-1].reshape(-1, channels)


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores: Array = powers / powers.sum(axis=1, keepdims=True)
    return scores


def _adam(moments: tuple[Array, Array], gradient: Array, step: int) -> Array:
    mean, square = moments
    mean += 0.1 * (gradient - mean)
    square += 0.001 * (gradient**2 - square)
    change: Array = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return change
