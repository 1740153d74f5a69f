"""The graph of `filetype` passes the first tokens through and is otherwise as published."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from recipes.filetype import describe, with_head


def test_the_first_tokens_come_out_as_they_went_in():
    declare = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Cast", ["bytes"], ["scores"], to=TensorProto.FLOAT)],
        "published",
        [declare("bytes", TensorProto.INT32, ["rows", 6])],
        [declare("scores", TensorProto.FLOAT, ["rows", 6])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(
        with_head(model, 2).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    tokens = np.arange(18, dtype=np.int32).reshape(3, 6)
    scores, head = session.run(["scores", "head"], {"bytes": tokens})
    assert np.array_equal(scores, tokens)
    assert np.array_equal(head, tokens[:, :2])


def test_what_is_not_said_of_a_type_is_what_magika_falls_back_to():
    unsaid = {"mime_type": None, "group": None, "description": None}
    assert describe("odd", {**unsaid, "is_text": True}) == {
        "mime_type": "text/plain",
        "group": "unknown",
        "description": "odd",
        "is_text": True,
    }
    plain = describe("odd", {**unsaid, "is_text": False})
    assert plain["mime_type"] == "application/octet-stream"
