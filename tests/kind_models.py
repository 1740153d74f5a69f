"""A tiny model for each kind of thing that a person sends, beside those of tests/tiny_models.py.

look    predict takes a picture, answers `mean`: its mean red, green and blue in [0, 1]
hear    predict takes a sound at 8 kHz, answers `loudest`: its largest sample
weigh   predict takes a file, answers `total`: the sum of its first and last four bytes
pair    no manifest; predict takes rows of inputs a and b, FP32 [-1, 2] each
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper
from samovar.types import Kind

from tests import onnx_models as graphs
from tests.tiny_models import write_models

MODEL_OF: Mapping[Kind, str] = {
    Kind.TEXT: "mood",
    Kind.IMAGE: "look",
    Kind.AUDIO: "hear",
    Kind.BYTES: "weigh",
    Kind.ROWS: "price",
    Kind.TENSORS: "affine",
}
"""Which model takes each kind."""

_LOOK = """
task = "image-classification"
[input]
kind = "image"
[[pre]]
step = "resize"
size = [4, 4]
[[pre]]
step = "image_tensor"
tensor = "pixels"
"""
_HEAR = """
[input]
kind = "audio"
[[pre]]
step = "resample"
rate_hz = 8000
[[pre]]
step = "audio_tensor"
tensor = "samples"
"""
_WEIGH = """
[input]
kind = "bytes"
[[pre]]
step = "byte_windows"
name = "bytes"
beginning = 4
end = 4
padding = 0
"""


def write_all_kinds(folder: Path) -> Path:
    """The models above and the tiny ones, as folders."""
    write_models(folder)
    look = _reduced("ReduceMean", "pixels", TensorProto.FLOAT, ("n", 3, 4, 4), (2, 3), "mean")
    hear = _reduced("ReduceMax", "samples", TensorProto.FLOAT, ("n", "length"), (1,), "loudest")
    weigh = _reduced("ReduceSum", "bytes", TensorProto.INT32, ("n", 8), (1,), "total")
    for name, graph, manifest in (
        ("look", look, _LOOK),
        ("hear", hear, _HEAR),
        ("weigh", weigh, _WEIGH),
        ("pair", _pair(), ""),
    ):
        graphs.write_folder(folder, name, graph, manifest)
    return folder


def _reduced(
    op: str, name: str, kind: int, shape: tuple[str | int, ...], axes: tuple[int, ...], out: str
) -> bytes:
    """One reduction of one input over `axes`."""
    constant = [numpy_helper.from_array(np.int64(axes), "axes")] if op == "ReduceSum" else []
    inputs = [name, "axes"] if constant else [name]
    extra = {} if constant else {"axes": axes}
    node: NodeProto = helper.make_node(op, inputs, [out], keepdims=0, **extra)
    left = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    return graphs.model(
        [node],
        [graphs.value(name, kind, shape)],
        [graphs.value(out, kind, left)],
        initializers=constant,
    ).SerializeToString()


def _pair() -> bytes:
    return graphs.model(
        [helper.make_node("Add", ["a", "b"], ["c"])],
        [graphs.value("a"), graphs.value("b")],
        [graphs.value("c")],
    ).SerializeToString()
