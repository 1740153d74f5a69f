"""Palmer penguins: which species a bird is of, and how heavy it is, from its measurements."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, confusion_matrix, mean_absolute_error, r2_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from recipes import Metrics
from recipes.onnxfile import save_graph
from recipes.penguin_data import ISLANDS, NUMBERS, SEXES, SPECIES, Columns, read_penguins, split

FILL = {"culmen_length_mm": 44.1, "culmen_depth_mm": 17.4, "flipper_length_mm": 198.0}
"""The medians of the birds learned from, for a size that is missing; in model.toml too."""

OPSET = {"": 17, "ai.onnx.ml": 3}


def build_species(weights: Path, out: Path) -> Metrics:  # noqa: ARG001 - a recipe's signature
    """The species, from two texts and four numbers: imputed, scaled and encoded in the graph."""
    seen, unseen = split(read_penguins())
    columns = ("island", "sex", *NUMBERS)
    pipeline = species_pipeline().fit(table(seen, columns), seen["species"])
    inputs = [
        (name, FloatTensorType([None, 1]) if name in NUMBERS else StringTensorType([None, 1]))
        for name in columns
    ]
    options = {id(pipeline): {"zipmap": False}}
    graph = to_onnx(pipeline, initial_types=inputs, target_opset=OPSET, options=options)
    rename_outputs(graph, {"label": "species", "probabilities": "probabilities"})
    save_graph(graph, out / "model.onnx")
    found = run(out / "model.onnx", {name: unseen[name][:, None] for name in columns})
    check_equal(pipeline.predict_proba(table(unseen, columns)), found["probabilities"])
    return {
        "accuracy": round(float(accuracy_score(unseen["species"], found["species"])), 4),
        "rows": len(unseen["species"]),
        "labels": list(SPECIES),
        "confusion": confusion_matrix(unseen["species"], found["species"]).tolist(),
    }


def build_mass(weights: Path, out: Path) -> Metrics:  # noqa: ARG001 - a recipe's signature
    """The mass in grams, from eleven numbers that the manifest's steps make of a row."""
    birds = read_penguins()
    weighed = ~np.isnan(birds["body_mass_g"])
    seen, unseen = split({name: column[weighed] for name, column in birds.items()})
    model = make_pipeline(StandardScaler(), Ridge(alpha=1.0))
    model.fit(features(seen), seen["body_mass_g"])
    inputs = [("features", FloatTensorType([None, features(seen).shape[1]]))]
    graph = to_onnx(model, initial_types=inputs, target_opset=OPSET)
    rename_outputs(graph, {"variable": "body_mass_g"})
    save_graph(graph, out / "model.onnx")
    found = run(out / "model.onnx", {"features": features(unseen)})["body_mass_g"]
    check_equal(model.predict(features(unseen))[:, None] / 1000, found / 1000)
    return {
        "mae_g": round(float(mean_absolute_error(unseen["body_mass_g"], found)), 1),
        "r2": round(float(r2_score(unseen["body_mass_g"], found)), 4),
        "rows": len(found),
    }


def species_pipeline() -> Pipeline:
    """Gaps filled and numbers scaled, texts encoded, and a logistic regression on all of it."""
    sizes = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(categories=[list(ISLANDS), list(SEXES)], handle_unknown="ignore")
    columns = ColumnTransformer([("texts", texts, [0, 1]), ("sizes", sizes, [2, 3, 4, 5])])
    return make_pipeline(columns, LogisticRegression(C=1.0, max_iter=1000))


def table(birds: Columns, columns: Sequence[str]) -> NDArray[Any]:
    """Columns side by side: objects (rows, columns)."""
    return np.stack([birds[name].astype(object) for name in columns], axis=1)


def features(birds: Columns) -> NDArray[np.float32]:
    """float32 (rows, 11): sizes with gaps filled, then one column for each species, island, sex."""
    sizes = [np.where(np.isnan(birds[name]), FILL[name], birds[name]) for name in FILL]
    texts = {"species": SPECIES, "island": ISLANDS, "sex": SEXES}
    ones = [birds[name] == known for name, values in texts.items() for known in values]
    return np.stack([*sizes, *ones], axis=1).astype(np.float32)


def rename_outputs(graph: ModelProto, names: Mapping[str, str]) -> None:
    """Give the graph's outputs other names."""
    for node in graph.graph.node:
        node.output[:] = [names.get(name, name) for name in node.output]
        node.input[:] = [names.get(name, name) for name in node.input]
    for output in graph.graph.output:
        output.name = names[output.name]


def run(path: Path, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The written graph's outputs by name."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def check_equal(expected: NDArray[Any], found: NDArray[Any]) -> None:
    """Raises AssertionError where the graph does not say what scikit-learn says."""
    np.testing.assert_allclose(found, expected, atol=1e-5)
