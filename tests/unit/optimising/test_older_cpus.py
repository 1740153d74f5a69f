"""What is emulated is what onnxruntime's kernels for AVX2 give, bit for bit.

Under valgrind a process sees a CPU without AVX-512 and VNNI, and its instructions are carried out
as that CPU would.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from samovar.adapters.compiler import SAVES, save_graph
from samovar_cli.optimising.blocks import in_blocks
from samovar_cli.optimising.graphs import Piece
from samovar_cli.optimising.products import products

RUN = """
import sys
import numpy as np
import onnxruntime as ort
options = ort.SessionOptions()
options.intra_op_num_threads = 1
held = np.load("in.npz")
found = {
    name: ort.InferenceSession(f"{name}.onnx", options).run(None, {"x": held[name]})[0]
    for name in held.files
}
from pathlib import Path
from samovar.adapters.onnx import OnnxRunner
feed = {"x": held["integers"]}
found["served"] = OnnxRunner(Path("integers.onnx")).run(feed, ())["y"]
form = OnnxRunner(Path("integers.portable.onnx"), kind="mapped-all")
found["form"] = form.run(feed, ())["y"]
np.savez("out.npz", **found)
"""
CODES, SCALE = TensorProto.UINT8, 9000.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not here"),
]


def cut_off(left, matrix):
    """Rows of bytes times a matrix, pairs of products cut off at 16 bits."""
    pairs = left.astype(np.int64)[:, :, None] * matrix.astype(np.int64)
    sums = pairs[:, 0::2] + pairs[:, 1::2]
    return np.clip(sums, -32_768, 32_767).sum(axis=1)


def as_codes(sums):
    return np.clip(np.rint(sums / SCALE).astype(np.int64) + 128, 0, 255)


def test_products_that_overflow_do_so_as_emulated_and_others_do_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    signs = np.where(np.arange(9) % 2, 1, -1)
    matrix = (rng.integers(90, 128, (70, 9)) * signs).astype(np.int8)
    kernel = rng.integers(-127, 128, (6, 4, 3, 3)).astype(np.int8)
    floats = (rng.normal(1, 0.05, (96, 32)) * np.where(np.arange(32) % 2, 1, -1)).astype("f4")
    rows = rng.integers(100, 256, (5, 70), dtype=np.uint8)
    image = rng.integers(0, 256, (1, 4, 8, 8), dtype=np.uint8)
    graphs = {
        "integers": model([helper.make_node("MatMulInteger", ["x", "w"], ["y"])], {"w": matrix}),
        "matmul": quantised("MatMul", matrix),
        "gemm": quantised("Gemm", np.ascontiguousarray(matrix.T), transB=1),
        "conv": quantised("Conv", kernel),
        "kernels": model([helper.make_node("ConvInteger", ["x", "w"], ["y"])], {"w": kernel}),
    }
    inputs = dict.fromkeys(graphs, rows) | {"conv": image, "kernels": image}
    for name, graph in graphs.items():
        save(graph, tmp_path / f"{name}.onnx")
    portable = next(one for one in SAVES if one.name == "portable")
    save_graph(tmp_path / "integers.onnx", tmp_path, portable)
    plain = model([helper.make_node("MatMul", ["x", "w"], ["y"])], {"w": floats}, TensorProto.FLOAT)
    save(plain, tmp_path / "plain.onnx")
    save(in_blocks(Piece(tmp_path / "plain.onnx", (), tmp_path)), tmp_path / "blocks.onnx")
    inputs["blocks"] = np.abs(rng.normal(1, 0.05, (5, 96))).astype(np.float32)
    np.savez(tmp_path / "in.npz", **inputs)
    command = ["valgrind", "--tool=none", "-q", sys.executable, "-c", RUN]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=110)
    found = np.load(tmp_path / "out.npz")

    expected = cut_off(rows, matrix)
    assert not np.array_equal(expected, rows.astype(np.int64) @ matrix)
    assert np.array_equal(found["integers"], expected)
    for name in ("served", "form"):  # samovar is right there
        assert np.array_equal(found[name], rows.astype(np.int64) @ matrix)
    assert np.array_equal(found["matmul"], as_codes(expected))
    assert np.array_equal(found["gemm"], as_codes(expected))
    product = next(products(graphs["conv"]))
    windows = product.rows(image, 1000)
    there = np.moveaxis(found["conv"], 1, -1).reshape(-1, 6)
    assert np.array_equal(there, as_codes(cut_off(windows, product.matrix)))
    exact = windows.astype(np.int64) @ product.matrix
    assert np.array_equal(np.moveaxis(found["kernels"], 1, -1).reshape(-1, 6), exact)
    wanted = inputs["blocks"] @ floats
    assert np.abs(found["blocks"] / wanted - 1).max() < 0.005


def quantised(operator, matrix, **attributes):
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "one", "z"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "one", "zw"], ["wf"]),
        helper.make_node(operator, ["xf", "wf"], ["yf"], **attributes),
        helper.make_node("QuantizeLinear", ["yf", "scale", "middle"], ["y"]),
    ]
    scalars = {
        "one": np.float32(1),
        "z": np.uint8(0),
        "zw": np.int8(0),
        "scale": np.float32(SCALE),
        "middle": np.uint8(128),
    }
    return model(nodes, {"w": matrix, **scalars}, gives=CODES)


def model(nodes, weights, takes=CODES, gives=TensorProto.INT32):
    held = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", takes, None)],
        [helper.make_tensor_value_info("y", takes if takes != CODES else gives, None)],
        initializer=held,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
