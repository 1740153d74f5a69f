"""A form that multiplies bytes fits the CPU that it was made on, and no other."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from samovar.adapters.compiler import SAVES, is_bound, save_graph


@pytest.mark.parametrize(
    ("operator", "kind", "bound"), [("MatMulInteger", np.int8, True), ("MatMul", np.float32, False)]
)
def test_products_of_bytes_are_bound_to_a_cpu(tmp_path: Path, operator, kind, bound):
    takes, gives = (2, 6) if bound else (TensorProto.FLOAT, TensorProto.FLOAT)
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", takes, ("n", 8))],
        [helper.make_tensor_value_info("y", gives, ("n", 3))],
        initializer=[numpy_helper.from_array(np.ones((8, 3), kind), "w")],
    )
    opset = helper.make_opsetid("", 17)
    save(helper.make_model(graph, opset_imports=[opset], ir_version=8), tmp_path / "g.onnx")
    mapped = next(one for one in SAVES if one.name == "mapped")
    assert is_bound(tmp_path, save_graph(tmp_path / "g.onnx", tmp_path, mapped)) is bound
