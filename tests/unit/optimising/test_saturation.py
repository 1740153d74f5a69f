"""What overflows on CPUs without VNNI is found by doing what they do."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx import TensorProto, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator
from samovar_cli.optimising.graphs import Piece
from samovar_cli.optimising.products import products
from samovar_cli.optimising.saturation import could_overflow, overflow, saturation

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 4))


def as_the_cpu_does(left, matrix):
    """vpmaddubsw and vpaddd, one number at a time."""
    out = np.zeros((len(left), matrix.shape[1]), np.int64)
    for row, column in np.ndindex(*out.shape):
        for at in range(0, left.shape[1], 2):
            pair = sum(
                int(left[row, k]) * int(matrix[k, column])
                for k in range(at, min(at + 2, left.shape[1]))
            )
            out[row, column] += max(min(pair, 32_767), -32_768)
    return out


@settings(max_examples=60)
@given(SIZES.flatmap(lambda s: st.tuples(
    arrays(np.uint8, (s[0], s[1]), elements=st.sampled_from([0, 3, 128, 200, 255])),
    arrays(np.int8, (s[1], s[2]), elements=st.sampled_from([-128, -127, -64, 0, 9, 64, 127])),
)))  # fmt: skip
def test_the_error_is_that_of_sums_cut_off_at_sixteen_bits(drawn):
    left, matrix = drawn
    exact = left.astype(np.int64) @ matrix.astype(np.int64)
    wrong = np.linalg.norm(as_the_cpu_does(left, matrix) - exact)
    size = np.linalg.norm(exact)
    share, error = overflow(left, matrix)
    assert error == pytest.approx(wrong / size if size else 0.0)
    assert (share > 0) <= could_overflow(matrix)
    if wrong:
        assert share > 0


@given(arrays(np.int8, (6, 3), elements=st.integers(-64, 64)))
def test_weights_of_seven_bits_never_overflow(matrix):
    assert not could_overflow(matrix)


def test_two_large_neighbours_of_one_sign_can():
    matrix = np.int8([[127, 127], [127, -127]])
    assert could_overflow(matrix)
    assert not could_overflow(matrix[:, 1:])


@pytest.mark.parametrize(("size", "strides"), [((3, 3), (1, 1)), ((2, 3), (2, 1))])
def test_windows_of_a_convolution_times_its_kernel_are_what_it_gives(size, strides):
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (2, 4, 7, 8), dtype=np.uint8)
    kernel = rng.integers(-127, 128, (5, 4, *size), dtype=np.int8)
    made = _dequantised(kernel, strides)
    found = next(products(made))
    rows = found.rows(images, 10_000).astype(np.int64) @ found.matrix.astype(np.int64)
    plain = helper.make_node("Conv", ["x", "w"], ["y"], strides=strides)
    floats = _model([plain], {"w": kernel.astype(np.float32)}, TensorProto.FLOAT)
    expected = ReferenceEvaluator(floats).run(None, {"x": images.astype(np.float32)})[0]
    assert np.array_equal(rows, np.moveaxis(expected, 1, -1).reshape(-1, 5).astype(np.int64))


def test_a_graph_of_bytes_is_looked_at_with_what_the_samples_put_into_it(tmp_path: Path):
    matrix = np.full((4, 2), 127, np.int8)
    made = _model(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        {"w": matrix},
        gives=TensorProto.INT32,
    )
    save(made, tmp_path / "g.onnx")
    loud, faint = ({"x": np.full((1, 4), n, np.uint8)} for n in (255, 8))
    found = saturation(Piece(tmp_path / "g.onnx", (faint,), tmp_path))
    assert (found.products, found.could, found.did) == (1, 1, 0)
    found = saturation(Piece(tmp_path / "g.onnx", (faint, loud), tmp_path))
    assert found.did == 1
    assert found.error > 0.4


def _model(nodes, weights, kind=TensorProto.UINT8, gives=TensorProto.UNDEFINED):
    held = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", kind, None)],
        [helper.make_tensor_value_info("y", gives, None)], initializer=held,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _dequantised(kernel, strides):
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "s", "z"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "s", "zw"], ["wf"]),
        helper.make_node("Conv", ["xf", "wf"], ["y"], strides=strides),
    ]
    scalars = {"s": np.float32(1), "z": np.uint8(0), "zw": np.int8(0)}
    return _model(nodes, {"w": kernel, **scalars})
