"""A tiny model of pictures: `shade` answers dark or bright by the mean of all pixels."""

from io import BytesIO
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

_MANIFEST = """
task = "image-classification"
title = "Shade"
licence = "CC0-1.0"
[input]
kind = "image"
[[pre]]
step = "resize"
size = [1, 1]
interpolation = "box"
[[pre]]
step = "image_tensor"
tensor = "pixels"
channels = "L"
layout = "flat"
[[post]]
step = "classify"
labels = ["dark", "bright"]
[[examples]]
name = "white is bright"
file = "examples/white.png"
expect = { label = "bright" }
"""
_LOCK = """
[metrics]
accuracy = 0.9
rows = 10
labels = ["dark", "bright"]
confusion = [[4, 1], [0, 5]]
"""


def write_shade(folder: Path) -> None:
    """The model's folder, with a picture as its example."""
    for part in ("1", "examples"):
        (folder / "shade" / part).mkdir(parents=True, exist_ok=True)
    (folder / "shade" / "model.toml").write_text(_MANIFEST, "utf-8")
    (folder / "shade" / "model.lock").write_text(_LOCK, "utf-8")
    (folder / "shade" / "1" / "model.onnx").write_bytes(_graph())
    (folder / "shade" / "examples" / "white.png").write_bytes(picture(255))


def picture(grey: int, kind: str = "PNG") -> bytes:
    """A picture of one grey, 12 x 8."""
    target = BytesIO()
    Image.new("L", (12, 8), grey).save(target, kind)
    return target.getvalue()


def _graph() -> bytes:
    """8 x (grey - 1/2): one logit for two labels."""
    nodes = [
        helper.make_node("Sub", ["pixels", "half"], ["moved"]),
        helper.make_node("Mul", ["moved", "eight"], ["logit"]),
    ]
    values = {"half": np.float32([0.5]), "eight": np.float32([8])}
    graph = helper.make_graph(
        nodes,
        "shade",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ("n", 1))],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ("n", 1))],
        [numpy_helper.from_array(array, name) for name, array in values.items()],
    )
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
