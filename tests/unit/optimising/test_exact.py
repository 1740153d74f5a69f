"""Variants that ought to answer alike do: attention as one operator, floats of half the size."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from samovar_cli.optimising.exact import fused, halved, optimised
from samovar_cli.optimising.graphs import Piece, Unfit, lift_constants, load

from tests.layered_models import graph, rows_of, weights

HIDDEN, HEADS = 16, 2


def encoder():
    """A layer of an encoder, as exporters write it: 22 nodes."""
    rng = np.random.default_rng(0)
    node = helper.make_node
    nodes = [
        node("Add", ["x", "z"], ["sum"]),
        node("LayerNormalization", ["sum", "n1", "m1"], ["start"], axis=-1),
    ]
    for part, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        nodes += [
            node("MatMul", ["start", f"w{part}"], [f"{part}1"]),
            node("Add", [f"{part}1", f"b{part}"], [f"{part}2"]),
            node("Reshape", [f"{part}2", "heads"], [f"{part}3"]),
            node("Transpose", [f"{part}3"], [part], perm=perm),
        ]
    nodes += [
        node("Unsqueeze", ["mask", "one"], ["u1"]),
        node("Unsqueeze", ["u1", "two"], ["u2"]),
        node("Cast", ["u2"], ["kept"], to=1),
        node("Sub", ["ones", "kept"], ["gone"]),
        node("Mul", ["gone", "low"], ["bias"]),
        node("MatMul", ["q", "k"], ["scores"]),
        node("Div", ["scores", "root"], ["scaled"]),
        node("Add", ["scaled", "bias"], ["masked"]),
        node("Softmax", ["masked"], ["shares"], axis=3),
        node("MatMul", ["shares", "v"], ["mixed"]),
        node("Transpose", ["mixed"], ["back"], perm=[0, 2, 1, 3]),
        node("Reshape", ["back", "flat"], ["joined"]),
        node("MatMul", ["joined", "wo"], ["out1"]),
        node("Add", ["out1", "bo"], ["out2"]),
        node("Add", ["out2", "start"], ["skip"]),
        node("LayerNormalization", ["skip", "n2", "m2"], ["y"], axis=-1),
    ]
    held = {f"w{p}": rng.normal(0, 0.3, (HIDDEN, HIDDEN)).astype("f4") for p in "qkvo"}
    held |= {f"b{p}": rng.normal(0, 0.1, HIDDEN).astype("f4") for p in "qkvo"}
    held |= {f"n{n}": np.ones(HIDDEN, "f4") for n in "12"}
    held |= {f"m{n}": np.zeros(HIDDEN, "f4") for n in "12"}
    held |= {
        "heads": np.int64([0, 0, HEADS, HIDDEN // HEADS]), "flat": np.int64([0, 0, HIDDEN]),
        "one": np.int64([1]), "two": np.int64([2]), "ones": np.float32(1),
        "low": np.float32(-10_000), "root": np.float32(np.sqrt(HIDDEN // HEADS)),
    }  # fmt: skip
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ("n", "s", HIDDEN)) for name in "xzy"
    ]
    mask = helper.make_tensor_value_info("mask", TensorProto.INT64, ("n", "s"))
    made = helper.make_graph(
        nodes, "g", [*values[:2], mask], [values[2]],
        initializer=[numpy_helper.from_array(array, name) for name, array in held.items()],
    )  # fmt: skip
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def answers(model, feed):
    return ort.InferenceSession(model.SerializeToString()).run(None, feed)[0]


def test_attention_becomes_one_operator_and_answers_alike(tmp_path: Path):
    before = encoder()
    save(before, tmp_path / "g.onnx")
    after = fused(Piece(tmp_path / "g.onnx", (), tmp_path))
    assert "Attention" in {node.op_type for node in after.graph.node}
    assert len(after.graph.node) < len(before.graph.node) / 3
    rng = np.random.default_rng(1)
    feed = {name: rng.normal(size=(2, 5, HIDDEN)).astype("f4") for name in "xz"}
    feed["mask"] = np.int64([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])  # padded on the right
    kept = feed["mask"].astype(bool)
    assert np.abs(answers(before, feed) - answers(after, feed))[kept].max() < 1e-4


def test_a_graph_without_attention_is_left_alone(tmp_path: Path):
    save(graph(weights()), tmp_path / "g.onnx")
    with pytest.raises(Unfit, match="it has no attention"):
        fused(Piece(tmp_path / "g.onnx", (), tmp_path))


@pytest.mark.parametrize(("build", "near"), [(optimised, 1e-5), (halved, 0.02)])
def test_a_network_answers_nearly_alike(tmp_path: Path, build, near):
    before = graph(weights())
    save(before, tmp_path / "g.onnx")
    after = build(Piece(tmp_path / "g.onnx", (), tmp_path))
    feed = {"features": rows_of(20)}
    one, other = answers(before, feed), answers(after, feed)
    assert (one.dtype, one.shape) == (other.dtype, other.shape)
    assert np.abs(one - other).max() <= near * np.abs(one).max()
    if build is halved:
        assert after.ByteSize() < before.ByteSize() * 0.6


def test_weights_in_nodes_become_initializers_that_tools_find(tmp_path: Path):
    made = graph(weights())
    for held in list(made.graph.initializer):
        made.graph.node.insert(0, helper.make_node("Constant", [], [held.name], value=held))
    del made.graph.initializer[:]
    save(made, tmp_path / "g.onnx")
    lift_constants(tmp_path / "g.onnx")
    found = load(tmp_path / "g.onnx")
    assert [node.op_type for node in found.graph.node] == ["Gemm", "Relu", "Gemm"]
    feed = {"features": rows_of(4)}
    assert np.array_equal(answers(made, feed), answers(found, feed))
