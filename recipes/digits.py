"""Handwritten digits: a small convolutional network on scikit-learn's bundled set."""

from pathlib import Path

import numpy as np
import onnxruntime
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from recipes import Metrics
from recipes.convnet import Array, export, train
from recipes.onnxfile import save_graph

SEED = 0
HELD_OUT = 0.25
EPOCHS = 40


def build(weights: Path, out: Path) -> Metrics:  # noqa: ARG001 - a recipe's signature
    """Train, write, and measure the written file on the rows held out."""
    pictures, labels = load_pictures()
    seen, unseen, seen_labels, unseen_labels = train_test_split(
        pictures, labels, test_size=HELD_OUT, stratify=labels, random_state=SEED
    )
    with threadpool_limits(1):  # the order of sums decides the last bits of the weights
        trained = train(seen, seen_labels, jitter, epochs=EPOCHS, seed=SEED)
    save_graph(export(trained, pictures.shape[2]), out / "model.onnx")
    session = onnxruntime.InferenceSession(out / "model.onnx", providers=["CPUExecutionProvider"])
    found = session.run(["logits"], {"image": unseen})[0].argmax(axis=1)
    return {
        "accuracy": round(float(accuracy_score(unseen_labels, found)), 4),
        "rows": len(unseen_labels),
        "labels": [str(digit) for digit in range(10)],
        "confusion": confusion_matrix(unseen_labels, found).tolist(),
    }


def load_pictures() -> tuple[Array, np.ndarray]:
    """Pictures float32 (1797, 1, 8, 8) in [0, 1], ink is 1; labels int (1797,)."""
    digits = load_digits()
    return (digits.images[:, None] / 16).astype(np.float32), digits.target


def jitter(pictures: Array, random: np.random.Generator) -> Array:
    """The pictures turned, stretched, moved, and drawn with a fainter or a fuller pen."""
    moved = np.stack([_moved(picture[0], random)[None] for picture in pictures])
    pen = np.exp(random.normal(0, 0.4, (len(moved), 1, 1, 1)))
    drawn: Array = (np.clip(moved, 0, 1) ** pen).astype(np.float32)
    return drawn


def _moved(picture: Array, random: np.random.Generator) -> Array:
    angle, (tall, wide) = random.normal(0, 0.12), random.normal(1, 0.07, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([tall, wide])
    middle = (np.array(picture.shape) - 1) / 2
    offset = middle - matrix @ middle + random.normal(0, 0.4, 2)
    moved: Array = ndimage.affine_transform(picture, matrix, offset, order=1)
    return moved
