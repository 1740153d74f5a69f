"""What every Runner promises: an onnxruntime session, and a function in its place."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from samovar.adapters.memory import FunctionRunner
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import ModelCorrupt, ModelRunFailed
from samovar.ports import Runner
from samovar.types import Signature, TensorSpec

from tests import onnx_models as graphs

SIGNATURE = Signature(
    (TensorSpec("a", "FP32", (-1, 2)), TensorSpec("b", "FP32", (-1, 2))),
    (TensorSpec("sum", "FP32", (-1, 2)), TensorSpec("difference", "FP32", (-1, 2))),
)
A, B = np.float32([[1, 2], [3, 4]]), np.float32([[10, 20], [30, 40]])


def _onnx(folder: Path) -> Runner:
    model = graphs.model(
        [
            helper.make_node("Add", ["a", "b"], ["sum"]),
            helper.make_node("Sub", ["a", "b"], ["difference"]),
        ],
        [graphs.value("a"), graphs.value("b")],
        [graphs.value("sum"), graphs.value("difference")],
    )
    return OnnxRunner(graphs.write_folder(folder, "m", model) / "1" / "model.onnx")


def _function(_: Path) -> Runner:
    def add(tensors: dict) -> dict:
        if tensors["a"].shape != tensors["b"].shape:
            raise ValueError("shapes differ")
        return {"sum": tensors["a"] + tensors["b"], "difference": tensors["a"] - tensors["b"]}

    return FunctionRunner(SIGNATURE, add)


@pytest.fixture(params=[_onnx, _function], ids=["onnx", "function"])
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    build: Callable[[Path], Runner] = request.param
    return build(tmp_path)


def test_the_signature_is_the_graphs(runner: Runner) -> None:
    assert runner.signature == SIGNATURE


def test_all_outputs_come_where_none_is_named(runner: Runner) -> None:
    found = runner.run({"a": A, "b": B}, ())
    assert list(found) == ["sum", "difference"]
    np.testing.assert_array_equal(found["sum"], A + B)


@pytest.mark.parametrize("names", [("sum",), ("difference",), ("difference", "sum")])
def test_named_outputs_come_and_no_others(runner: Runner, names: tuple[str, ...]) -> None:
    assert sorted(runner.run({"a": A, "b": B}, names)) == sorted(names)


def test_a_run_changes_nothing_of_its_input_and_leaves_nothing_behind(runner: Runner) -> None:
    a, b = A.copy(), B.copy()
    first = runner.run({"a": a, "b": b}, ())
    second = runner.run({"a": a, "b": b}, ())
    np.testing.assert_array_equal(a, A)
    np.testing.assert_array_equal(first["sum"], second["sum"])


def test_an_empty_batch_gives_empty_outputs(runner: Runner) -> None:
    empty = np.empty((0, 2), np.float32)
    assert runner.run({"a": empty, "b": empty}, ("sum",))["sum"].shape == (0, 2)


def test_what_the_graph_refuses_is_a_failed_run(runner: Runner) -> None:
    with pytest.raises(ModelRunFailed):
        runner.run({"a": A, "b": np.float32([[1, 2], [3, 4], [5, 6]])}, ())


NO_MODELS = {
    "empty": b"",
    "text": b"not a model",
    "cut": graphs.doubled().SerializeToString()[:-9],
}


@pytest.mark.parametrize("content", NO_MODELS.values(), ids=NO_MODELS)
def test_a_file_that_onnxruntime_cannot_open_is_corrupt(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"cannot open model\.onnx") as caught:
        OnnxRunner(path)
    assert str(tmp_path) not in caught.value.message


def test_a_file_that_is_not_there_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"cannot open model\.onnx"):
        OnnxRunner(tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("kind", "array"),
    [
        (TensorProto.BOOL, np.array([[True, False]])),
        (TensorProto.INT8, np.int8([[-128, 127]])),
        (TensorProto.UINT8, np.uint8([[0, 255]])),
        (TensorProto.INT16, np.int16([[-(2**15), 2**15 - 1]])),
        (TensorProto.UINT16, np.uint16([[0, 2**16 - 1]])),
        (TensorProto.INT32, np.int32([[-(2**31), 2**31 - 1]])),
        (TensorProto.UINT32, np.uint32([[0, 2**32 - 1]])),
        (TensorProto.INT64, np.int64([[-(2**63), 2**63 - 1]])),
        (TensorProto.UINT64, np.uint64([[0, 2**64 - 1]])),
        (TensorProto.FLOAT16, np.float16([[65504, -1]])),
        (TensorProto.FLOAT, np.float32([[np.nan, 3e38]])),
        (TensorProto.DOUBLE, np.float64([[np.inf, 1e300]])),
        (TensorProto.BFLOAT16, np.uint16([[0x3F80, 0xFF80]])),
        (TensorProto.BFLOAT16, np.empty((0, 2), np.uint16)),
        (TensorProto.STRING, np.array([["ä", ""]], object)),
    ],
    ids=lambda value: str(value.dtype) if isinstance(value, np.ndarray) else None,
)
def test_every_datatype_passes_through_onnxruntime_unchanged(
    kind: int, array: np.ndarray, tmp_path: Path
) -> None:
    folder = graphs.write_folder(tmp_path, "m", graphs.identity(kind))
    runner = OnnxRunner(folder / "1" / "model.onnx")
    found = runner.run({"x": array}, ("y",))["y"]
    assert found.shape == array.shape
    np.testing.assert_array_equal(found, array)


def test_bytes_that_are_utf8_are_text_and_others_are_refused_by_name(tmp_path: Path) -> None:
    folder = graphs.write_folder(tmp_path, "m", graphs.identity(TensorProto.STRING))
    runner = OnnxRunner(folder / "1" / "model.onnx")
    found = runner.run({"x": np.array([["ä".encode(), "b"]], object)}, ())["y"]
    assert found.tolist() == [["ä", "b"]]
    with pytest.raises(ModelRunFailed, match="'x'"):
        runner.run({"x": np.array([[b"\xff", "b"]], object)}, ())


def test_a_failed_run_tells_no_paths_of_the_machine(tmp_path: Path) -> None:
    runner = _onnx(tmp_path)
    with pytest.raises(ModelRunFailed) as caught:
        runner.run({"a": A, "b": np.zeros((3, 7), np.float32)}, ())
    assert "/" not in caught.value.message.replace("and/or", "")
    assert "onnxruntime::" not in caught.value.message


def test_kept_outputs_are_the_inputs_of_another_run(runner: Runner) -> None:
    found = runner.run_kept({"a": A, "b": B}, ("difference",), ("sum",))
    np.testing.assert_array_equal(found["difference"], A - B)
    again = runner.run_kept({"a": found["sum"], "b": B}, ("sum",), ())
    assert list(again) == ["sum"]
    np.testing.assert_array_equal(again["sum"], A + B + B)
    # What was kept is whole: it may be used twice.
    twice = runner.run_kept({"a": found["sum"], "b": found["sum"]}, ("sum",), ())
    np.testing.assert_array_equal(twice["sum"], 2 * (A + B))


def test_kept_outputs_outlive_the_arrays_that_they_were_made_of(runner: Runner) -> None:
    kept = runner.run_kept({"a": A.copy(), "b": B.copy()}, (), ("sum",))
    for value in range(9):
        runner.run_kept({"a": np.full_like(A, value), "b": B}, (), ("sum",))
    found = runner.run_kept({"a": kept["sum"], "b": np.zeros_like(B)}, ("sum",), ())
    np.testing.assert_array_equal(found["sum"], A + B)


def test_an_array_in_another_memory_order_is_taken_when_values_are_kept(runner: Runner) -> None:
    turned = np.asfortranarray(A)
    found = runner.run_kept({"a": turned, "b": B}, ("sum",), ())
    np.testing.assert_array_equal(found["sum"], A + B)


def test_what_the_graph_refuses_is_a_failed_run_when_values_are_kept(runner: Runner) -> None:
    with pytest.raises(ModelRunFailed):
        runner.run_kept({"a": A, "b": np.float32([[1, 2, 3]])}, ("sum",), ())
