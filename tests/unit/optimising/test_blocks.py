"""Weights in blocks give nearly what they gave, and the same for a row alone and in a batch."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx import TensorProto, helper, numpy_helper, save
from samovar_cli.optimising.blocks import BLOCK, in_blocks, quantize_blocks, quantize_rows
from samovar_cli.optimising.graphs import Piece, Unfit

from tests.layered_models import graph, rows_of, weights


def session(model):
    return ort.InferenceSession(model.SerializeToString())


@settings(max_examples=25)
@given(arrays(np.float32, (BLOCK * 2, 3), elements=st.floats(-9, 9, width=32)))
def test_each_number_is_within_half_a_step_of_its_block(matrix):
    codes, scales = quantize_blocks(matrix)
    back = (codes.astype(np.float64) - 128) * scales.reshape(3, 2, 1)
    assert np.abs(back.reshape(3, -1).T - matrix).max() <= scales.max() / 2 + 1e-6


def test_rows_that_fill_no_block_are_padded_with_nothing():
    codes, scales = quantize_blocks(np.ones((5, 2), np.float32))
    assert codes.shape == (2, 1, BLOCK)
    assert (codes[:, 0, 5:] == 128).all()
    assert scales.shape == (2,)


def test_a_table_is_the_product_of_its_codes_and_scales():
    table = np.random.default_rng(0).normal(size=(9, 40)).astype(np.float32)
    codes, scales = quantize_rows(table)
    assert np.abs(codes * scales - table).max() <= scales.max() / 2 + 1e-6


@pytest.mark.parametrize("gemm", [True, False])
def test_a_network_in_blocks_gives_nearly_the_same_and_in_any_batch(tmp_path: Path, gemm):
    held = weights(units=1024)
    save(graph(held, gemm=gemm), tmp_path / "g.onnx")
    made = in_blocks(Piece(tmp_path / "g.onnx", (), tmp_path))
    assert [node.op_type for node in made.graph.node].count("MatMulNBits") == 2
    rows = rows_of(16)
    before = session(graph(held, gemm=gemm)).run(None, {"features": rows})[0]
    opened = session(made)
    after = opened.run(None, {"features": rows})[0]
    assert np.abs(after - before).max() < 0.02 * np.abs(before).max()
    alone = np.concatenate([opened.run(None, {"features": row[None]})[0] for row in rows])
    assert np.abs(alone - after).max() < 1e-5


def test_a_table_that_is_looked_up_in_is_held_in_bytes(tmp_path: Path):
    table = np.random.default_rng(0).normal(size=(100, 32)).astype(np.float32)
    node = helper.make_node("Gather", ["table", "ids"], ["rows"])
    made = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("ids", TensorProto.INT64, ("n",))],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ("n", 32))],
        initializer=[numpy_helper.from_array(table, "table")],
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    save(model, tmp_path / "g.onnx")
    smaller = in_blocks(Piece(tmp_path / "g.onnx", (), tmp_path))
    assert smaller.ByteSize() < model.ByteSize() / 3
    found = session(smaller).run(None, {"ids": np.int64([5, 99])})[0]
    assert np.abs(found - table[[5, 99]]).max() < 0.02


def test_a_graph_without_a_matrix_of_its_own_is_left_alone(tmp_path: Path):
    save(graph(weights(units=4)), tmp_path / "g.onnx")
    with pytest.raises(Unfit, match="no matrix of its own"):
        in_blocks(Piece(tmp_path / "g.onnx", (), tmp_path))


def test_the_projection_of_an_attention_is_held_in_blocks_too(tmp_path: Path):
    rng = np.random.default_rng(0)
    held = {
        "w": rng.normal(0, 0.2, (64, 192)).astype(np.float32),
        "b": rng.normal(0, 0.1, 192).astype(np.float32),
    }
    node = helper.make_node(
        "Attention", ["x", "w", "b", "mask"], ["y"], domain="com.microsoft", num_heads=4
    )
    made = helper.make_graph(
        [node], "g",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", "s", 64)),
            helper.make_tensor_value_info("mask", TensorProto.INT32, ("n", "s")),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n", "s", 64))],
        initializer=[numpy_helper.from_array(array, name) for name, array in held.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8)
    save(model, tmp_path / "g.onnx")
    smaller = in_blocks(Piece(tmp_path / "g.onnx", (), tmp_path))
    assert "Attention" not in {one.op_type for one in smaller.graph.node}
    feed = {
        "x": rng.normal(size=(2, 5, 64)).astype(np.float32),
        "mask": np.int32([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
    }
    before, after = (session(one).run(None, feed)[0] for one in (model, smaller))
    kept = feed["mask"].astype(bool)
    assert np.abs(before - after)[kept].max() < 0.02 * np.abs(before).max()
