"""Seven tiny real models, for any test that needs some: milliseconds to open, answers by hand.

Use the fixtures of tests/conftest.py (`models_dir`, `service`, `settings`, `log`), or
`write_models(folder)` for a process of its own. Each is a real ONNX graph with a real folder:

    affine  1, 2   x FP32 [-1, 3] → y FP32 [-1, 3]: 2x + 1 in version 1, 3x + 1 in version 2
    echo    1      text BYTES [-1, 1] → echoed BYTES [-1, 1]; has no model.toml (Triton's layout)
    sums    1      a, b INT64 [-1, 2] → sum, product INT64 [-1, 2]
    halves  1      h FP16 [-1, 2] → h2 FP16 [-1, 2]: 2h; half floats have no JSON form
    mood    1      predict takes a text, answers label good or bad by its words
    price   1      predict takes rows of rooms and area, answers value = 10·rooms + 2·area EUR
    gather  1      indices INT64 [-1] → picked FP32 [-1]; an index over 3 makes the graph fail
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

WORDS = ("good", "great", "love", "bad", "poor", "hate")


def write_models(folder: Path) -> Path:
    """The models written as folders, as `make models` leaves them."""
    for path, content in tiny_models().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def tiny_models() -> dict[str, bytes]:
    """`name/model.toml` and `name/version/file` → bytes, as MemoryStore takes them."""
    return {
        "affine/model.toml": _AFFINE,
        "affine/1/model.onnx": _affine(2),
        "affine/2/model.onnx": _affine(3),
        "echo/1/model.onnx": _echo(),
        "sums/model.toml": b'title = "Sums and products"\nbundle = true\nlicence = "CC0-1.0"\n',
        "sums/1/model.onnx": _sums(),
        "halves/1/model.onnx": _halves(),
        "mood/model.toml": _MOOD,
        "mood/1/model.onnx": _mood(),
        "mood/1/tokenizer.json": _tokenizer(),
        "price/model.toml": _PRICE,
        "price/1/model.onnx": _price(),
        "gather/1/model.onnx": _gather(),
    }


_AFFINE = b"""
task = "tensors"
title = "Affine"
description = "Numbers, scaled and moved."
licence = "CC0-1.0"
"""

_MOOD = b"""
task = "text-classification"
title = "Mood"
description = "Whether a text is good or bad, by its words."
licence = "CC0-1.0"
bundle = true
[input]
kind = "text"
[[pre]]
step = "tokenize"
mask = ""
[[post]]
step = "classify"
labels = ["good", "bad"]
[[examples]]
name = "a good text is good"
text = "great and good"
expect = { label = "good", score = 0.982 }
tolerance = 0.001
[[examples]]
name = "a bad text is bad"
json = { text = "poor" }
expect = { label = "bad" }
"""

_PRICE = b"""
task = "tabular-regression"
title = "Price"
licence = "CC0-1.0"
[input]
kind = "row"
columns = ["rooms", "area"]
[[pre]]
step = "columns"
tensors = [{ name = "features", columns = ["rooms", "area"] }]
[[post]]
step = "regression"
unit = "EUR"
[[examples]]
name = "a small flat"
json = { row = { rooms = 2, area = 30 } }
expect = { value = 80.0, unit = "EUR" }
"""

Shape = Sequence[int | str]


def _affine(factor: int) -> bytes:
    nodes = [
        helper.make_node("Mul", ["x", "factor"], ["scaled"]),
        helper.make_node("Add", ["scaled", "one"], ["y"]),
    ]
    constants = {"factor": np.float32([factor]), "one": np.float32([1])}
    return _model(
        nodes,
        {"x": (TensorProto.FLOAT, ("n", 3))},
        {"y": (TensorProto.FLOAT, ("n", 3))},
        constants,
    )


def _echo() -> bytes:
    text = {"text": (TensorProto.STRING, ("n", 1))}
    out = {"echoed": (TensorProto.STRING, ("n", 1))}
    return _model([helper.make_node("Identity", ["text"], ["echoed"])], text, out)


def _sums() -> bytes:
    int64 = (TensorProto.INT64, ("n", 2))
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Mul", ["a", "b"], ["product"]),
    ]
    return _model(nodes, {"a": int64, "b": int64}, {"sum": int64, "product": int64})


def _halves() -> bytes:
    half = (TensorProto.FLOAT16, ("n", 2))
    return _model([helper.make_node("Add", ["h", "h"], ["h2"])], {"h": half}, {"h2": half})


def _mood() -> bytes:
    """Each word adds its row of weights; unknown words and padding add nothing."""
    weights = np.zeros((2 + len(WORDS), 2), np.float32)
    weights[2:5, 0] = weights[5:8, 1] = 2
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "axis"], ["logits"], keepdims=0),
    ]
    constants = {"weights": weights, "axis": np.int64([1])}
    inputs: Mapping[str, tuple[int, Shape]] = {"input_ids": (TensorProto.INT64, ("n", "tokens"))}
    return _model(nodes, inputs, {"logits": (TensorProto.FLOAT, ("n", 2))}, constants)


def _tokenizer() -> bytes:
    """Words, in lower case, by a vocabulary of six."""
    vocabulary = {word: index for index, word in enumerate(("[PAD]", "[UNK]", *WORDS))}
    return orjson.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": None,
            "decoder": None,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        }
    )


def _price() -> bytes:
    return _model(
        [helper.make_node("MatMul", ["features", "prices"], ["total"])],
        {"features": (TensorProto.FLOAT, ("n", 2))},
        {"total": (TensorProto.FLOAT, ("n", 1))},
        {"prices": np.float32([[10], [2]])},
    )


def _gather() -> bytes:
    return _model(
        [helper.make_node("Gather", ["table", "indices"], ["picked"])],
        {"indices": (TensorProto.INT64, ("n",))},
        {"picked": (TensorProto.FLOAT, ("n",))},
        {"table": np.float32([0, 10, 20, 30])},
    )


def _model(
    nodes: list[NodeProto],
    inputs: Mapping[str, tuple[int, Shape]],
    outputs: Mapping[str, tuple[int, Shape]],
    constants: Mapping[str, np.ndarray] | None = None,
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    checker.check_model(model)
    return model.SerializeToString()
