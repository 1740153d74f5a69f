"""The floor: an ASGI application that parses, runs the graph and answers, and nothing else."""

from typing import Any

import numpy as np
import orjson
from graph import open_graph

_SESSION = open_graph()
_DTYPES = {"FP32": np.float32, "INT64": np.int64}
_OUTPUTS = [output.name for output in _SESSION.get_outputs()]
_HEADERS = [(b"content-type", b"application/json")]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer any request as an infer request of the Open Inference Protocol."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = infer(body)
    headers = [*_HEADERS, (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def infer(body: bytes) -> bytes:
    """The graph's outputs for the tensors of a request."""
    feed = {
        tensor["name"]: np.array(tensor["data"], _DTYPES[tensor["datatype"]]).reshape(
            tensor["shape"]
        )
        for tensor in orjson.loads(body)["inputs"]
    }
    outputs = [
        {"name": name, "datatype": "FP32", "shape": array.shape, "data": array.ravel()}
        for name, array in zip(_OUTPUTS, _SESSION.run(None, feed), strict=True)
    ]
    return orjson.dumps({"outputs": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)
