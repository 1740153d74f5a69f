"""task-priority: a to-do's text → High, Medium or Low.

MiniLM's encoder in eight bits under a logistic regression, in one graph. The head reads the
mean of the tokens after layers 2 to 5: the last layer was trained to say what a text is
about, and has dropped much of how urgent it sounds (0.85 of left-out templates right with
the sentence embedding alone, 0.90 with these).
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from onnx import ModelProto, TensorProto

from recipes import Metrics
from recipes.bert import EMBEDDING, HIDDEN, INPUTS, Array, Weights, add_encoder, add_layer_mean
from recipes.eight_bit import EightBit
from recipes.encoder import Encoder
from recipes.graph import Graph
from recipes.minilm import load_weights, write_tokenizer
from recipes.onnxfile import save_graph
from recipes.task_head import Head, fit_head, measure
from recipes.task_rows import LABELS, Row, read_rows, training_rows

READ_LAYERS = (1, 2, 3, 4)  # counted from 0
PROBABILITIES = {"probabilities": (TensorProto.FLOAT, ("batch", len(LABELS)))}
READ = HIDDEN * len(READ_LAYERS)
FEATURES = {"features_and_embedding": (TensorProto.FLOAT, ("batch", READ + HIDDEN))}


def build(weights: Path, out: Path) -> Metrics:
    """Train the head on made rows, and measure the whole graph on rows written by hand."""
    tensors, rows = load_weights(weights), training_rows()
    write_tokenizer(weights, out / "tokenizer.json")
    features, embeddings = _features(weights, tensors, rows)
    head, choice = fit_head(features, truth_of(rows), [row.group for row in rows])
    save_graph(_model(tensors, head), out / "model.onnx", weights="weights.bin")
    classifier, development, heldout = Encoder(out), read_rows("dev"), read_rows("heldout")
    return {
        **_measure(classifier, heldout),
        **_nearness(classifier, heldout, embeddings),
        "development_accuracy": _measure(classifier, development)["accuracy"],
        "development_rows": len(development),
        "cross_validated_accuracy": choice.accuracy,
        "training_rows": len(rows),
        "strength": choice.strength,
        "temperature": choice.temperature,
    }


def truth_of(rows: Sequence[Row]) -> Array:
    """The rows' labels as indexes into LABELS: int64 (rows,)."""
    return np.array([LABELS.index(row.label) for row in rows], np.int64)


def _measure(classifier: Encoder, rows: Sequence[Row]) -> Metrics:
    found = classifier.run("probabilities", [row.text for row in rows])
    return measure(truth_of(rows), found, LABELS)


def _nearness(classifier: Encoder, rows: Sequence[Row], trained: Array) -> Metrics:
    """How like the held-out rows their nearest training rows are: cosines, 1 for the same."""
    nearest = (classifier.embed([row.text for row in rows]) @ trained.T).max(axis=1)
    return {
        "nearest_training_row_median": round(float(np.median(nearest)), 2),
        "nearest_training_row_max": round(float(nearest.max()), 2),
    }


def _features(weights: Path, tensors: Weights, rows: Sequence[Row]) -> tuple[Array, Array]:
    """What the head reads, float32 (rows, READ), and the embeddings, float32 (rows, HIDDEN)."""
    with TemporaryDirectory() as folder:
        save_graph(_model(tensors, None), Path(folder) / "model.onnx", weights="weights.bin")
        write_tokenizer(weights, Path(folder) / "tokenizer.json")
        found = Encoder(Path(folder)).run(next(iter(FEATURES)), [row.text for row in rows])
    return found[:, :READ], found[:, READ:]


def _model(weights: Weights, head: Head | None) -> ModelProto:
    """The graph with its head, or without one and with what a head would read."""
    graph = Graph()
    embedding = add_encoder(graph, weights, EightBit())
    means = [add_layer_mean(graph, number) for number in READ_LAYERS]
    if head is None:
        graph.add("Concat", [*means, embedding], next(iter(FEATURES)), axis=1)
        return graph.model(INPUTS, FEATURES)
    graph.add("Concat", means, "features", axis=1)
    weight = graph.constant("head.weight", head.weight)
    bias = graph.constant("head.bias", head.bias)
    logits = graph.add("Gemm", ["features", weight, bias], "logits")
    graph.add("Softmax", [logits], "probabilities", axis=1)
    return graph.model(INPUTS, {**PROBABILITIES, **EMBEDDING})
