"""`sense`: an embedding model of sixteen words in four fields, for any test that compares texts.

Words of a field point nearly the same way: a query about tea finds what is about tea. It reads
eight words at once, so that long texts are met early.
"""

import hashlib
from pathlib import Path

import numpy as np
import orjson
from onnx import TensorProto, checker, helper, numpy_helper

FIELDS = {
    "drink": ("tea", "coffee", "samovar", "cup"),
    "money": ("bank", "loan", "price", "invoice"),
    "garden": ("water", "plant", "rose", "soil"),
    "travel": ("train", "ticket", "hotel", "visa"),
}
WIDTH, LONGEST = 16, 8
_WORDS = [word for words in FIELDS.values() for word in words]

_MANIFEST = f"""
task = "text-embedding"
title = "Sense"
description = "Sixteen words in four fields."
licence = "CC0-1.0"
[input]
kind = "text"
[[pre]]
step = "tokenize"
max_length = {LONGEST}
[[post]]
step = "l2_normalize"
[[post]]
step = "embedding"
"""


def write_sense(folder: Path) -> Path:
    """The model's folder, in a folder of models, with the digests of its files."""
    version = folder / "sense" / "1"
    version.mkdir(parents=True)
    graph, tokenizer = _graph(), _tokenizer()
    (version / "model.onnx").write_bytes(graph)
    (version / "tokenizer.json").write_bytes(tokenizer)
    (folder / "sense" / "model.toml").write_text(_MANIFEST)
    files = {"1/model.onnx": graph, "1/tokenizer.json": tokenizer}
    said = [f'"{name}" = "{hashlib.sha256(body).hexdigest()}"' for name, body in files.items()]
    (folder / "sense" / "model.lock").write_text("[files]\n" + "\n".join(said) + "\n")
    return folder


def _graph() -> bytes:
    """The sum of the words' vectors that the mask keeps."""
    weights = np.zeros((2 + len(_WORDS), WIDTH), np.float32)
    weights[1] = 0.05  # of a word that nobody knows
    for at in range(len(_WORDS)):
        weights[2 + at, at // 4] = 3
        weights[2 + at, at % 8 + 4] = 1
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["column"]),
        helper.make_node("Mul", ["rows", "column"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "axis"], ["vector"], keepdims=0),
    ]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ("n", "tokens"))
        for name in ("input_ids", "attention_mask")
    ]
    out = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ("n", WIDTH))]
    constants = {"weights": weights, "axis": np.int64([1]), "last": np.int64([2])}
    held = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "sense", ids, out, held)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _tokenizer() -> bytes:
    known = {word: index for index, word in enumerate(("[PAD]", "[UNK]", *_WORDS))}
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
            "model": {"type": "WordLevel", "vocab": known, "unk_token": "[UNK]"},
        }
    )
