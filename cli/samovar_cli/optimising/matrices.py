"""The matrices that nodes multiply by, whichever way round they are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from samovar.types import Array

from samovar_cli.optimising.graphs import onnx, save

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a MatMul or Gemm multiplies by: float32 (inputs, outputs), and how it is stored."""

    name: str
    array: Array
    turned: bool

    @classmethod
    def of(cls, node: "NodeProto", weights: Mapping[str, Array]) -> "Matrix | None":
        """None where the node multiplies by no matrix of its own, or scales what it gives."""
        held = weights.get(node.input[1])
        if held is None or held.ndim != 2 or held.dtype != np.float32:
            return None
        said = {one.name: onnx().helper.get_attribute_value(one) for one in node.attribute}
        if said.get("alpha", 1.0) != 1.0 or said.get("beta", 1.0) != 1.0 or said.get("transA", 0):
            return None
        turned = bool(said.get("transB", 0))
        return cls(node.input[1], held.T if turned else held, turned)

    def stored(self, array: Array) -> Array:
        """Another matrix, as this one is stored."""
        return np.ascontiguousarray(array.T if self.turned else array)


def replace_weights(model: "ModelProto", changed: Mapping[str, Array]) -> None:
    """Initializers with other values, and other shapes."""
    for one in model.graph.initializer:
        if one.name in changed:
            array = changed[one.name].astype(np.float32)
            one.CopyFrom(onnx().numpy_helper.from_array(array, one.name))
    # Shapes that were inferred before are wrong now.
    del model.graph.value_info[:]


def said_of(model: "ModelProto", scratch: Path) -> str:
    """The path of the graph as a session opens it, whatever its size."""
    path = scratch / "watched.onnx"
    (scratch / "watched.bin").unlink(missing_ok=True)  # onnx appends to what is there
    save(model, path, "watched.bin")
    return str(path)
