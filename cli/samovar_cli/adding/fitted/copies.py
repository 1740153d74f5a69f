"""Copies of an estimator that do without data frames, and without texts that are missing.

Runs in the child process.
"""

from copy import deepcopy
from typing import Any

import numpy as np

from samovar_cli.adding.fitted.features import fills_texts, parts


def by_position(estimator: Any) -> Any:
    """A copy that selects columns by their places and gives arrays, for no frame is at hand."""
    copy = deepcopy(estimator)
    for part in parts(copy):
        if hasattr(part, "set_output") and hasattr(part, "_sklearn_output_config"):
            part.set_output(transform="default")
        if hasattr(part, "flatten_transform"):  # of votes, which skl2onnx knows apart only
            part.flatten_transform = False
        places = getattr(part, "_transformer_to_input_indices", None)
        if places is not None:
            part.transformers_ = [
                (name, step, _placed(columns, places.get(name)))
                for name, step, columns in part.transformers_
            ]
    return copy


def for_graph(estimator: Any) -> Any:
    """A copy in which a missing text is an empty one: a graph's texts cannot be missing."""
    copy = deepcopy(estimator)
    for part in parts(copy):
        if fills_texts(part):
            part.missing_values = ""
        if type(part).__name__ == "Pipeline" and type(part.steps[-1][1]).__name__ == "LinearSVC":
            part.steps[-1] = (part.steps[-1][0], _same_plane(part.steps[-1][1]))
    return copy


def _same_plane(machine: Any) -> Any:
    """A LinearSVC as an SGDClassifier of its planes: skl2onnx takes no LinearSVC in a pipeline."""
    from sklearn.linear_model import SGDClassifier

    plane = SGDClassifier(loss="hinge")
    for name in ("coef_", "intercept_", "classes_", "n_features_in_"):
        setattr(plane, name, getattr(machine, name))
    return plane


def _placed(columns: Any, places: Any) -> Any:
    if places is None or callable(columns):
        return columns
    listed = [int(place) for place in places]
    return listed[0] if np.isscalar(columns) and listed else listed
