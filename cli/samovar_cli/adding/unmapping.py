"""Probabilities in maps, as skl2onnx gives them unless it is told not to → a tensor.

A map has no form in the Open Inference Protocol. The operator that makes it (ZipMap) only names
the columns of a tensor, so a graph without it gives the same numbers. `unmap` runs in the child.
"""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from samovar_cli.adding import child
from samovar_cli.adding.child import Task
from samovar_cli.adding.graph import Graph
from samovar_cli.adding.sources import Source

NOTE = "its probabilities came in maps (ZipMap): the copy that was added gives them as a tensor"


def has_maps(source: Source, graph: Graph) -> bool:
    """Whether a lone file gives maps that can be taken out.

    A model of a repository is taken as it is, and without the package onnx nothing is changed.
    """
    lone = list(source.files) == ["1/model.onnx"] and not graph.file.external_data
    maps = bool(graph.hidden) and ("ai.onnx.ml", "ZipMap") in graph.operators
    return lone and maps and find_spec("onnx") is not None


def without_maps(source: Source, folder: Path) -> Source:
    """The source with a copy of its graph, in `folder`, that gives tensors. Raises ModelFault."""
    out = folder / source.graph.name
    child.run(Task("unmap", str(source.graph), options={"out": str(out)}))
    return replace(source, graph=out, files={"1/model.onnx": out}, place=source.beside)


def unmap(task: Task) -> dict[str, Any]:
    """How many `maps` were taken out; the graph without them is written to `out`."""
    import onnx

    model = onnx.load(task.path)
    maps = [node for node in model.graph.node if node.op_type == "ZipMap"]
    for node in maps:
        _take_out(model.graph, node)
    onnx.save(model, task.options["out"])
    return {"maps": len(maps)}


def _take_out(graph: Any, node: Any) -> None:
    """The output that the map was becomes the tensor that the map was made of."""
    from onnx import TensorProto, helper

    name, tensor = node.output[0], node.input[0]
    count = sum(len(a.strings) or len(a.ints) for a in node.attribute)
    graph.node.remove(node)
    for output in graph.output:
        if output.name == name:
            made = helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, count])
            output.CopyFrom(made)
    graph.node.append(helper.make_node("Identity", [tensor], [name]))
