"""An estimator → an ONNX graph, in one of several ways. Runs in the child process."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from samovar.errors import CommandFailed

from samovar_cli.adding.fitted.rewriting import imputed, mend, rounded, two_sided
from samovar_cli.adding.fitted.sample import Rows
from samovar_cli.extras import need

OPSET: Mapping[str, int] = {"": 17, "ai.onnx.ml": 3}
_HAVE_THEIR_OWN = ("lightgbm", "xgboost", "catboost")
_TYPE = re.compile(r"(?:type|model|converter for|calculator for)[^']*'?<class '([\w.]+)'>")


@dataclass(frozen=True, slots=True)
class Way:
    """How numbers go through a graph."""

    datatype: str  # of the inputs
    rounded: bool = False  # to FP32 before each tree, as scikit-learn rounds for its own
    whole: bool = False  # columns of whole numbers as INT64
    said: str = ""


WAYS = (
    Way("FP32", said="numbers in FP32"),
    Way("FP64", said="numbers in FP64: in FP32 it answered otherwise"),
    Way(
        "FP64", rounded=True, said="numbers in FP64, rounded before each tree as scikit-learn does"
    ),
    Way("FP32", whole=True, said="whole numbers as INT64, others in FP32"),
)
"""Likeliest and fastest first."""


def convert(estimator: Any, rows: Rows, way: Way) -> Any:
    """The graph. Raises CommandFailed where skl2onnx has no converter, or fails."""
    skl2onnx = need("skl2onnx", "sklearn", "to convert what scikit-learn has fitted")
    try:
        with _plain_numbers():
            graph = _converted(skl2onnx, estimator, _types(rows, way))
    except Exception as error:  # noqa: BLE001 - converters raise what numpy and onnx raise
        raise CommandFailed(_why(error)) from None
    mend(graph, estimator)
    if way.datatype == "FP64":
        imputed(graph, estimator)
    if way.rounded:
        rounded(graph)
    if len(getattr(estimator, "classes_", ())) == 2:
        two_sided(graph)
    return graph


def _converted(skl2onnx: ModuleType, estimator: Any, types: list[tuple[str, Any]]) -> Any:
    """Probabilities as a tensor; what never gives maps of them knows no such option."""
    made = partial(skl2onnx.to_onnx, estimator, initial_types=types, target_opset=dict(OPSET))
    if not hasattr(estimator, "classes_"):
        return made()
    try:
        return made(options={id(estimator): {"zipmap": False}})
    except NameError:
        return made()


def feeds(rows: Rows, way: Way) -> list[NDArray[Any]]:
    """The graph's inputs for these rows, in its order: it cleans the names."""
    if is_split(rows):
        return [column[:, None].astype(_dtype(column, way)) for column in rows.columns]
    table = rows.table()
    return [table.astype(_dtype(table, way))]


def is_split(rows: Rows) -> bool:
    """Whether each column is a tensor: where texts stand beside numbers."""
    return len(set(rows.texts)) > 1


def _name(rows: Rows) -> str:
    return rows.names[0] if len(rows.names) == 1 else "features"


def _dtype(values: NDArray[Any], way: Way) -> type:
    if values.dtype == object:
        return object
    if way.whole and not np.isnan(values).any() and (values % 1 == 0).all():
        return np.int64
    return {"FP32": np.float32, "FP64": np.float64}[way.datatype]


def _types(rows: Rows, way: Way) -> list[tuple[str, Any]]:
    from skl2onnx.common import data_types

    kinds: dict[type, Any] = {
        object: data_types.StringTensorType,
        np.int64: data_types.Int64TensorType,
        np.float32: data_types.FloatTensorType,
        np.float64: data_types.DoubleTensorType,
    }
    if is_split(rows):
        return [
            (name, kinds[_dtype(column, way)]([None, 1]))
            for name, column in zip(rows.names, rows.columns, strict=True)
        ]
    return [(_name(rows), kinds[_dtype(rows.table(), way)]([None, len(rows.names)]))]


@contextmanager
def _plain_numbers() -> Iterator[None]:
    """Attributes of nodes written with Python's own integers.

    skl2onnx writes numpy's, and Python's bool among them, of histogram gradient boosting; onnx
    takes neither for a list of integers.
    """
    from onnx import helper

    made = helper.make_attribute

    def make_attribute(key: str, value: Any, *rest: Any, **named: Any) -> Any:
        if isinstance(value, list | tuple) and value and all(map(_is_whole, value)):
            value = [int(one) for one in value]
        return made(key, value, *rest, **named)

    helper.make_attribute = make_attribute
    try:
        yield
    finally:
        helper.make_attribute = made


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | bool | np.integer | np.bool_)


def _why(error: Exception) -> str:
    said = " ".join(str(error).split())
    found = _TYPE.search(said)
    if found:
        name = found[1].rpartition(".")[2]
        if found[1].partition(".")[0] in _HAVE_THEIR_OWN:
            return (
                f"skl2onnx has no converter for {name} ({found[1]}): convert it with onnxmltools, "
                "or with the library's own exporter, and add the .onnx file"
            )
        return (
            f"skl2onnx has no converter for {name} ({found[1]}): put an estimator in its place "
            "that it knows (https://onnx.ai/sklearn-onnx/supported.html), or do that step before "
            "the rows are sent"
        )
    return f"skl2onnx cannot convert it: {type(error).__name__}: {said[:300]}"
