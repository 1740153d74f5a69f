"""Small networks as model folders, for tests of what makes them smaller: weights by a seed.

`write_model(folder)` gives a classifier of rows with twelve columns into three classes, by two
matrices with ReLU between them; `write_rows` rows of it with what it says of them as their truth.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save

COLUMNS = tuple(f"x{number}" for number in range(12))
CLASSES = ("ash", "birch", "cedar")
Weights = Mapping[str, np.ndarray[Any, Any]]


def weights(units: int = 96, seed: int = 7) -> Weights:
    """Two matrices with a bias each."""
    rng = np.random.default_rng(seed)
    return {
        "w1": rng.normal(0, 0.5, (len(COLUMNS), units)).astype(np.float32),
        "b1": rng.normal(0, 0.2, units).astype(np.float32),
        "w2": rng.normal(0, 0.5, (units, len(CLASSES))).astype(np.float32),
        "b2": np.zeros(len(CLASSES), np.float32),
    }


def graph(held: Weights, *, gemm: bool = True) -> ModelProto:
    """features FP32 [-1, 12] → logits FP32 [-1, 3], by Gemm or by MatMul and Add."""
    if gemm:
        nodes = [
            helper.make_node("Gemm", ["features", "w1", "b1"], ["hidden"]),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "w2", "b2"], ["logits"]),
        ]
    else:
        nodes = [
            helper.make_node("MatMul", ["features", "w1"], ["product"]),
            helper.make_node("Add", ["product", "b1"], ["hidden"]),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("MatMul", ["positive", "w2"], ["second"]),
            helper.make_node("Add", ["second", "b2"], ["logits"]),
        ]
    return model(nodes, ("features", len(COLUMNS)), ("logits", len(CLASSES)), held)


def model(
    nodes: Sequence[Any], source: tuple[str, int], target: tuple[str, int], held: Weights
) -> ModelProto:
    """Nodes with weights, from one tensor of floats to another."""
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ("n", width))
        for name, width in (source, target)
    ]
    initializers = [numpy_helper.from_array(array, name) for name, array in held.items()]
    made = helper.make_graph(list(nodes), "g", [values[0]], [values[1]], initializer=initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def logits(held: Weights, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the graph gives, by numpy."""
    hidden = np.maximum(rows @ held["w1"] + held["b1"], 0)
    return np.asarray(hidden @ held["w2"] + held["b2"])


def write_model(models: Path, name: str = "trees", *, held: Weights | None = None) -> Path:
    """A folder of models with this one in it."""
    folder = models / name
    (folder / "1").mkdir(parents=True)
    save(graph(held or weights()), str(folder / "1" / "model.onnx"))
    first = [0.5] * len(COLUMNS)
    best = CLASSES[int(logits(held or weights(), np.float32([first])).argmax())]
    (folder / "model.toml").write_text(_manifest(first, best), "utf-8")
    return models


def _manifest(first: Sequence[float], best: str) -> str:
    return f"""\
task = "tabular-classification"
title = "Trees"
licence = "CC0-1.0"
[input]
kind = "row"
columns = {list(COLUMNS)}
[[pre]]
step = "columns"
tensors = [{{ name = "features", columns = {list(COLUMNS)} }}]
[[post]]
step = "classify"
labels = {list(CLASSES)}
[batch]
max_size = 64
# of one row
[[examples]]
name = "halves"
json = {{ row = {list(first)} }}
expect = {{ label = "{best}" }}
"""


def rows_of(count: int, seed: int = 1, scale: float = 1.0) -> np.ndarray[Any, Any]:
    """float32 (count, 12)."""
    made = np.random.default_rng(seed).normal(0, scale, (count, len(COLUMNS)))
    return made.round(3).astype(np.float32)


def write_rows(
    path: Path, count: int = 60, *, held: Weights | None = None, scale: float = 1.0
) -> Path:
    """A CSV of rows with what the model says of them in a column `kind`."""
    rows = rows_of(count, scale=scale)
    said = logits(held or weights(), rows).argmax(axis=1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "kind"])
        for row, best in zip(rows, said, strict=True):
            writer.writerow([*map(str, row), CLASSES[best]])
    return path
