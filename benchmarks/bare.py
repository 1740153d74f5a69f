"""What there is at the least: onnxruntime and a few lines, without anything around them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import orjson


def session(path: Path, threads: int = 1) -> ort.InferenceSession:
    """A session with default options, but for its threads, which do not spin."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def handler(graph: ort.InferenceSession) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """A function as one writes it in ten minutes: no checks, no limits, no log, no metric."""

    def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        sent = orjson.loads(event["body"])
        feed = {
            tensor["name"]: np.array(tensor["data"], np.float32).reshape(tensor["shape"])
            for tensor in sent["inputs"]
        }
        names = [output.name for output in graph.get_outputs()]
        outputs = [
            {"name": name, "datatype": "FP32", "shape": found.shape, "data": found.ravel()}
            for name, found in zip(names, graph.run(names, feed), strict=True)
        ]
        body = orjson.dumps({"outputs": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)
        return {
            "statusCode": 200,
            "headers": {"content-type": "application/json"},
            "body": body.decode(),
        }

    return handle
