"""Models that take a picture of 224 × 224 as a tensor of 600 KB."""

import os
import shutil
from functools import cache
from pathlib import Path

from benchmarks.places import BUILT
from benchmarks.plain import plain_model

SHAPE = (1, 3, 224, 224)


@cache
def picture_models() -> Path:
    """A models folder: `passthrough` gives the picture back, `detect` is `ocr`'s first graph."""
    folder = BUILT / "picture-models"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("passthrough", "detect"):
        (folder / name / "1").mkdir(parents=True)
    _passthrough(folder / "passthrough" / "1" / "model.onnx")
    os.link(plain_model("ocr", "detect.onnx"), folder / "detect" / "1" / "model.onnx")
    return folder


def _passthrough(path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    given, made = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE) for name in ("in", "out")
    )
    node = helper.make_node("Identity", ["in"], ["out"])
    graph = helper.make_graph([node], "passthrough", [given], [made])
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(path))
