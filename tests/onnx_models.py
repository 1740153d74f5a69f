"""Graphs for tests of what reads, checks and opens ONNX files: honest ones and wicked ones.

Each builder gives bytes, or writes a model folder. For models that answer, see
tests/tiny_models.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    SparseTensorProto,
    TensorProto,
    ValueInfoProto,
    helper,
    numpy_helper,
)

OPSETS = (helper.make_opsetid("", 17),)
FLOAT = TensorProto.FLOAT


def model(
    nodes: Iterable[NodeProto] = (),
    inputs: Iterable[ValueInfoProto] = (),
    outputs: Iterable[ValueInfoProto] = (),
    *,
    initializers: Iterable[TensorProto] = (),
    functions: Iterable[FunctionProto] = (),
    domains: Iterable[str] = (),
) -> ModelProto:
    """A model of these parts, not checked: tests want wrong ones too."""
    graph = helper.make_graph(
        list(nodes), "g", list(inputs), list(outputs), initializer=list(initializers)
    )
    opsets = [*OPSETS, *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


def value(
    name: str, kind: int = FLOAT, shape: Sequence[int | str | None] = ("n", 2)
) -> ValueInfoProto:
    """A graph's input or output."""
    return helper.make_tensor_value_info(name, kind, shape)


def doubled() -> ModelProto:
    """x FP32 [-1, 2] → y FP32 [-1, 2]: 2x, by an initializer of its own."""
    return model(
        [helper.make_node("Mul", ["x", "two"], ["y"])],
        [value("x")],
        [value("y")],
        initializers=[numpy_helper.from_array(np.float32([2]), "two")],
    )


def identity(kind: int = FLOAT, shape: Sequence[int | str | None] = ("n", 2)) -> ModelProto:
    """x → y of any type and shape."""
    return model(
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", kind, shape)],
        [value("y", kind, shape)],
    )


def external_tensor(location: str | None = "weights.bin", name: str = "w") -> TensorProto:
    """Two floats that lie in another file."""
    tensor = TensorProto(name=name, data_type=FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    if location is not None:
        tensor.external_data.add(key="location", value=location)
        tensor.external_data.add(key="offset", value="0")
        tensor.external_data.add(key="length", value="8")
    return tensor


def with_external_data(location: str | None = "weights.bin") -> ModelProto:
    """y = x · w, w in another file."""
    return model(
        [helper.make_node("Mul", ["x", "w"], ["y"])],
        [value("x")],
        [value("y")],
        initializers=[external_tensor(location)],
    )


def hidden_external_data() -> Mapping[str, ModelProto]:
    """Where a graph can keep external data, by a name for the place."""
    sparse = SparseTensorProto(dims=[4])
    sparse.values.CopyFrom(external_tensor("evil.bin"))
    sparse.indices.CopyFrom(numpy_helper.from_array(np.int64([0, 1])))
    indices = SparseTensorProto(dims=[4])
    indices.values.CopyFrom(numpy_helper.from_array(np.float32([1, 2]), "s"))
    indices.indices.CopyFrom(external_tensor("evil.bin"))
    inner = helper.make_graph([], "inner", [], [value("o")], [external_tensor("evil.bin")])
    return {
        "initializer": _doubled(lambda m: m.graph.initializer.append(external_tensor("evil.bin"))),
        "sparse initializer": _doubled(lambda m: m.graph.sparse_initializer.append(sparse)),
        "sparse indices": _doubled(lambda m: m.graph.sparse_initializer.append(indices)),
        "tensor attribute": _constant(lambda a: _set(a, t=external_tensor("evil.bin"))),
        "tensors attribute": _constant(lambda a: a.tensors.append(external_tensor("evil.bin"))),
        "sparse attribute": _constant(lambda a: a.sparse_tensor.CopyFrom(sparse)),
        "sparse attributes": _constant(lambda a: a.sparse_tensors.append(sparse)),
        "graph attribute": _constant(lambda a: a.g.CopyFrom(inner)),
        "graphs attribute": _constant(lambda a: a.graphs.append(inner)),
        "nested graph": _constant(lambda a: a.g.CopyFrom(nested_graph(5, inner))),
        "function node": _function(lambda f: f.node.append(_constant_node())),
        "function default": _function(
            lambda f: f.attribute_proto.append(_attribute(external_tensor("evil.bin")))
        ),
        "training graph": _doubled(lambda m: m.training_info.add().algorithm.CopyFrom(inner)),
        "training start": _doubled(lambda m: m.training_info.add().initialization.CopyFrom(inner)),
    }


def nested_graph(depth: int, innermost: GraphProto) -> GraphProto:
    """`innermost` within `depth` graphs, each an attribute of the one around it."""
    graph = innermost
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["o"])
        attribute = node.attribute.add(name="then_branch", type=AttributeProto.GRAPH)
        attribute.g.CopyFrom(graph)
        graph = helper.make_graph([node], "around", [], [value("o")])
    return graph


def with_domain(domain: str, op: str = "Anything") -> ModelProto:
    """A node of an operator that is not onnx's."""
    return model(
        [helper.make_node(op, ["x"], ["y"], domain=domain)],
        [value("x")],
        [value("y")],
        domains=[domain],
    )


def with_function(domain: str = "local") -> ModelProto:
    """y = x + x by a function of the model's own, as exporters write them."""
    function = helper.make_function(
        domain, "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], list(OPSETS)
    )
    return model(
        [helper.make_node("Twice", ["x"], ["y"], domain=domain)],
        [value("x")],
        [value("y")],
        functions=[function],
        domains=[domain],
    )


def write_folder(root: Path, name: str, graph: bytes | ModelProto, manifest: str = "") -> Path:
    """`root/name/1/model.onnx` and, where given, its model.toml; returns root/name."""
    folder = root / name
    (folder / "1").mkdir(parents=True)
    content = graph if isinstance(graph, bytes) else graph.SerializeToString()
    (folder / "1" / "model.onnx").write_bytes(content)
    if manifest:
        (folder / "model.toml").write_text(manifest, "utf-8")
    return folder


def _doubled(change: Callable[[ModelProto], object]) -> ModelProto:
    changed = doubled()
    change(changed)
    return changed


def _attribute(tensor: TensorProto) -> AttributeProto:
    attribute = AttributeProto(name="value", type=AttributeProto.TENSOR)
    attribute.t.CopyFrom(tensor)
    return attribute


def _set(attribute: AttributeProto, *, t: TensorProto) -> None:
    attribute.t.CopyFrom(t)


def _constant_node() -> NodeProto:
    node = helper.make_node("Constant", [], ["k"])
    node.attribute.append(_attribute(external_tensor("evil.bin")))
    return node


def _constant(change: Callable[[AttributeProto], object]) -> ModelProto:
    node = helper.make_node("Constant", [], ["k"])
    change(node.attribute.add(name="value"))
    return _doubled(lambda m: m.graph.node.append(node))


def _function(change: Callable[[FunctionProto], object]) -> ModelProto:
    changed = with_function()
    change(changed.functions[0])
    return changed
