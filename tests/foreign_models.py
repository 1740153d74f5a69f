"""Graphs as strangers bring them to `samovar models add`, made with onnx alone.

Each function writes files into a folder and gives the path of the graph.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

Shape = Sequence[int | str | None]
Values = Mapping[str, tuple[int, Shape]]
FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
VOCABULARY = ("[PAD]", "[UNK]", "the", "kettle", "is", "on", "and", "good", "bad")


def build(
    nodes: Sequence[NodeProto],
    inputs: Values,
    outputs: Values,
    constants: Mapping[str, np.ndarray] | None = None,
    *,
    opset: int = 17,
    ir_version: int = 8,
    producer: str = "",
) -> ModelProto:
    """A checked model of these parts."""
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(
        graph, opset_imports=opsets, ir_version=ir_version, producer_name=producer
    )


def write(folder: Path, name: str, model: ModelProto, *, check: bool = True) -> Path:
    """The model as `folder/name`."""
    if check:
        checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def plain(folder: Path) -> Path:
    """Two tensors in, one out, of shapes that say nothing."""
    model = build(
        [helper.make_node("MatMul", ["left", "right"], ["product"])],
        {"left": (FLOAT, (2, 3)), "right": (FLOAT, (3, 2))},
        {"product": (FLOAT, (2, 2))},
    )
    return write(folder, "product.onnx", model)


def scikit_classifier(folder: Path) -> Path:
    """As skl2onnx writes a logistic regression: label and probabilities, the classes inside."""
    node = helper.make_node(
        "LinearClassifier", ["X"], ["label", "scores"], domain="ai.onnx.ml",
        coefficients=[1.0, 0.0, 0.0, 1.0, -1.0, -1.0], intercepts=[0.0, 0.0, 0.5],
        classlabels_strings=["cat", "dog", "newt"], post_transform="SOFTMAX",
    )  # fmt: skip
    normal = helper.make_node(
        "Normalizer", ["scores"], ["probabilities"], domain="ai.onnx.ml", norm="L1"
    )
    model = build(
        [node, normal],
        {"X": (FLOAT, (None, 2))},
        {"label": (STRING, (None,)), "probabilities": (FLOAT, (None, 3))},
        producer="skl2onnx",
    )
    return write(folder, "pets.onnx", model)


def scikit_regressor(folder: Path) -> Path:
    """As skl2onnx writes a linear regression."""
    node = helper.make_node(
        "LinearRegressor", ["X"], ["variable"], domain="ai.onnx.ml",
        coefficients=[2.0, 3.0], intercepts=[1.0],
    )  # fmt: skip
    model = build(
        [node], {"X": (FLOAT, (None, 2))}, {"variable": (FLOAT, (None, 1))}, producer="skl2onnx"
    )
    return write(folder, "rent.onnx", model)


def texts_and_numbers(folder: Path) -> Path:
    """A column a tensor, one of them texts: a category encoded, a number added."""
    encode = helper.make_node(
        "LabelEncoder", ["plan"], ["code"], domain="ai.onnx.ml",
        keys_strings=["a", "free", "team"], values_floats=[0.0, 1.0, 2.0], default_float=0.0,
    )  # fmt: skip
    nodes = [
        encode,
        helper.make_node("Add", ["code", "months"], ["first"]),
        helper.make_node("Neg", ["first"], ["second"]),
        helper.make_node("Concat", ["first", "second"], ["both"], axis=1),
        helper.make_node("Softmax", ["both"], ["probabilities"], axis=1),
    ]
    model = build(
        nodes,
        {"plan": (STRING, ("n", 1)), "months": (FLOAT, ("n", 1))},
        {"probabilities": (FLOAT, ("n", 2))},
    )
    return write(folder, "churn.onnx", model)


def text_encoder(
    folder: Path, rows: int = len(VOCABULARY), width: int = 4, length: int | str = "sequence"
) -> Path:
    """input_ids and attention_mask → a vector for each token; no tokenizer beside it."""
    table = np.random.default_rng(0).random((rows, width), np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["vectors", "column"], ["last_hidden_state"]),
    ]
    tokens = (INT64, ("batch", length))
    model = build(
        nodes,
        {"input_ids": tokens, "attention_mask": tokens},
        {"last_hidden_state": (FLOAT, ("batch", length, width))},
        {"table": table, "last": np.int64([-1])},
    )
    return write(folder, "encoder.onnx", model)


def text_classifier(folder: Path, longest: int = 64) -> Path:
    """input_ids → two logits, with `longest` places for tokens; its tokenizer beside it."""
    random = np.random.default_rng(0)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("Shape", ["input_ids"], ["sizes"]),
        helper.make_node("Gather", ["sizes", "one"], ["length"]),
        helper.make_node("Range", ["zero", "length", "step"], ["places"]),
        helper.make_node("Gather", ["positions", "places"], ["placed"]),
        helper.make_node("Add", ["vectors", "placed"], ["sum"]),
        helper.make_node("ReduceMean", ["sum"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "head"], ["logits"]),
    ]
    model = build(
        nodes,
        {"input_ids": (INT64, ("batch", "sequence"))},
        {"logits": (FLOAT, ("batch", 2))},
        {
            "table": random.random((len(VOCABULARY), 4), np.float32),
            "positions": np.zeros((longest, 4), np.float32),
            "head": random.random((4, 2), np.float32),
            "one": np.int64(1), "zero": np.int64(0), "step": np.int64(1),
        },
    )  # fmt: skip
    write_tokenizer(folder / "tokenizer.json")
    return write(folder, "mood.onnx", model)


def write_tokenizer(path: Path, words: Sequence[str] = VOCABULARY) -> Path:
    """A tokenizer of whole words."""
    content = {
        "version": "1.0",
        "pre_tokenizer": {"type": "Whitespace"},
        "normalizer": {"type": "Lowercase"},
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate(words)},
            "unk_token": "[UNK]",
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content))
    return path


def image_classifier(folder: Path, layout: str = "NCHW", classes: int = 3) -> Path:
    """Pictures of 8 × 8 → logits: the mean of each channel through a matrix."""
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    shape = ("n", 3, 8, 8) if layout == "NCHW" else ("n", 8, 8, 3)
    nodes = [
        helper.make_node("ReduceMean", ["pixels"], ["means"], axes=axes, keepdims=0),
        helper.make_node("MatMul", ["means", "head"], ["logits"]),
    ]
    model = build(
        nodes,
        {"pixels": (FLOAT, shape)},
        {"logits": (FLOAT, ("n", classes))},
        {"head": np.random.default_rng(0).random((3, classes), np.float32)},
    )
    return write(folder, f"shades-{layout.lower()}.onnx", model)


def mixing_rows(folder: Path) -> Path:
    """A row's answer depends on the others: the mean over rows is taken off."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["y"]),
    ]
    return write(
        folder, "centred.onnx", build(nodes, {"x": (FLOAT, ("n", 3))}, {"y": (FLOAT, ("n", 3))})
    )


def with_scalar(folder: Path) -> Path:
    """A tensor, and a rate that stands alone."""
    nodes = [
        helper.make_node("Cast", ["sr"], ["rate"], to=FLOAT),
        helper.make_node("Div", ["input", "rate"], ["output"]),
    ]
    model = build(
        nodes,
        {"input": (FLOAT, ("batch", "samples")), "sr": (INT64, ())},
        {"output": (FLOAT, ("batch", "samples"))},
    )
    return write(folder, "rated.onnx", model)


def strict_categories(folder: Path) -> Path:
    """As skl2onnx writes OneHotEncoder(handle_unknown="error"): other texts make it fail."""
    nodes = [
        helper.make_node(
            "OneHotEncoder", [name], [f"{name}_hot"], domain="ai.onnx.ml",
            cats_strings=known, zeros=0,
        )
        for name, known in (("city", ["Oslo", "Bergen"]), ("kind", ["flat", "house"]))
    ]  # fmt: skip
    nodes += [
        helper.make_node("Concat", ["city_hot", "kind_hot"], ["hot"], axis=2),
        helper.make_node("ReduceSum", ["hot", "axes"], ["summed"], keepdims=0),
        helper.make_node("Softmax", ["summed"], ["probabilities"], axis=1),
    ]
    model = build(
        nodes,
        {"city": (STRING, (None, 1)), "kind": (STRING, (None, 1))},
        {"probabilities": (FLOAT, (None, 4))},
        {"axes": np.int64([1])},
    )
    return write(folder, "homes.onnx", model)


def with_a_map(folder: Path) -> Path:
    """As skl2onnx writes a classifier unless it is told not to: probabilities in maps."""
    nodes = [
        helper.make_node(
            "LinearClassifier", ["X"], ["label", "scores"], domain="ai.onnx.ml",
            coefficients=[1.0, 0.0, 0.0, 1.0], intercepts=[0.0, 0.0],
            classlabels_strings=["cat", "dog"], post_transform="SOFTMAX",
        ),
        helper.make_node(
            "ZipMap", ["scores"], ["probabilities"], domain="ai.onnx.ml",
            classlabels_strings=["cat", "dog"],
        ),
    ]  # fmt: skip
    model = build(
        nodes, {"X": (FLOAT, (None, 2))}, {"label": (STRING, (None,))}, producer="skl2onnx"
    )
    kind = helper.make_sequence_type_proto(
        helper.make_map_type_proto(STRING, helper.make_tensor_type_proto(FLOAT, ()))
    )
    model.graph.output.append(helper.make_value_info("probabilities", kind))
    return write(folder, "mapped.onnx", model)


def fixed_text_classifier(folder: Path, length: int = 16) -> Path:
    """input_ids INT32, attention_mask BOOL, of one length → two logits; its tokenizer beside it."""
    random = np.random.default_rng(0)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        helper.make_node("Mul", ["vectors", "column"], ["masked"]),
        helper.make_node("ReduceMean", ["masked"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "head"], ["logits"]),
    ]
    model = build(
        nodes,
        {
            "input_ids": (TensorProto.INT32, ("batch", length)),
            "attention_mask": (TensorProto.BOOL, ("batch", length)),
        },
        {"logits": (FLOAT, ("batch", 2))},
        {
            "table": random.random((len(VOCABULARY), 4), np.float32),
            "head": random.random((4, 2), np.float32),
            "last": np.int64([-1]),
        },
    )
    write_tokenizer(folder / "tokenizer.json")
    return write(folder, "verdict.onnx", model)


def detector(folder: Path, outputs: Mapping[str, Shape], side: int = 64) -> Path:
    """Pictures → zeros of these shapes: what detectors look like from outside."""
    nodes = [helper.make_node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0)]
    constants: dict[str, np.ndarray] = {"none": np.float32(0), "axes": np.int64([1, 2])}
    nodes.append(helper.make_node("Mul", ["mean", "none"], ["zero"]))
    nodes.append(helper.make_node("Unsqueeze", ["zero", "axes"], ["cube"]))
    for name, shape in outputs.items():
        constants[f"{name}_zeros"] = np.full([1, *shape[1:]], 0.3, np.float32)
        nodes.append(helper.make_node("Add", ["cube", f"{name}_zeros"], [name]))
    model = build(
        nodes,
        {"images": (FLOAT, ("n", 3, side, side))},
        {name: (FLOAT, shape) for name, shape in outputs.items()},
        constants,
    )
    return write(folder, "finder.onnx", model)
