"""A thin hand on onnx's helpers: nodes and constants by name, then a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET = 17
IR_VERSION = 8
MICROSOFT = "com.microsoft"

Shape = Sequence[int | str]


@dataclass(slots=True)
class Graph:
    """A graph that grows: every method that adds a node returns the name of its output."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A tensor of the file; the same name twice means the same tensor."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """A node with one output; `domain` and the operator's attributes by keyword."""
        made = helper.make_node(op, list(inputs), [output], name=output, **attributes)
        self.nodes.append(made)
        return output

    def split(self, tensor: str, parts: Sequence[str], **attributes: Any) -> list[str]:
        """Equal parts of a tensor along an `axis`; from opset 18 on with `num_outputs`."""
        name = f"{tensor}.split"
        made = helper.make_node("Split", [tensor], list(parts), name=name, **attributes)
        self.nodes.append(made)
        return list(parts)

    def model(
        self,
        inputs: Mapping[str, tuple[int, Shape]],
        outputs: Mapping[str, tuple[int, Shape]],
        *,
        opset: int = OPSET,
        ir_version: int = IR_VERSION,
    ) -> onnx.ModelProto:
        """The model; inputs and outputs are name → (onnx element type, shape)."""
        graph = helper.make_graph(
            self.nodes,
            "samovar",
            [_declare(name, *kind) for name, kind in inputs.items()],
            [_declare(name, *kind) for name, kind in outputs.items()],
            list(self.constants.values()),
        )
        imports = [helper.make_opsetid("", opset), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=imports, ir_version=ir_version)


def _declare(name: str, element: int, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, element, list(shape))
