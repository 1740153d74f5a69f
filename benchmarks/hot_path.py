"""What a request costs beyond the model's own run: the hot door against its floor and FastAPI.

Every variant answers the same requests with the same model in this process.
"""

import base64
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.interleave import Sample, interleave

MODELS = Path(__file__).resolve().parents[1] / "models"
ENVIRONMENT = {"SAMOVAR_MODELS_DIR": str(MODELS), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}


class Context:
    """What Lambda hands a handler beside the event."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    memory_limit_in_mb = 1769
    function_name = "bench"


def event(body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """An HTTP API event (payload format 2.0) for an infer request to `digits`."""
    path = "/v2/models/digits/infer"
    return {
        "version": "2.0",
        "routeKey": "POST /v2/models/{model}/infer",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "bench", **headers},
        "requestContext": {
            "http": {"method": "POST", "path": path, "sourceIp": "127.0.0.1", "userAgent": "bench"},
            "requestId": "bench",
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def json_request(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The array as JSON."""
    tensor = {"name": "image", "datatype": "FP32", "shape": list(array.shape)}
    body = {"inputs": [{**tensor, "data": array.ravel().tolist()}]}
    return event(orjson.dumps(body), {"content-type": "application/json"})


def binary_request(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The array as raw bytes, both ways."""
    parameters = {"binary_data_size": array.nbytes}
    tensor = {"name": "image", "datatype": "FP32", "shape": list(array.shape)}
    head = {
        "inputs": [{**tensor, "parameters": parameters}],
        "parameters": {"binary_data_output": True},
    }
    text = orjson.dumps(head)
    return event(text + array.tobytes(), {"inference-header-content-length": str(len(text))})


def measure(rounds: int, progress: Callable[[int, int], None] | None = None) -> dict[str, Sample]:
    """Seconds a request of each variant, one picture of 8 × 8 a request."""
    import onnxruntime as ort
    from samovar.wiring import hot_handler, http_handler

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(str(MODELS / "digits" / "1" / "model.onnx"), options)
    array = np.full((1, 1, 8, 8), 0.25, np.float32)
    hot, wide = hot_handler(ENVIRONMENT), http_handler(ENVIRONMENT)
    as_json, as_binary, context = json_request(array), binary_request(array), Context()
    with redirect_stdout(io.StringIO()):  # the log lines are written, and not shown
        for handler, request in ((hot, as_json), (hot, as_binary), (wide, as_json)):
            answer = handler(request, context)
            if answer["statusCode"] != 200:
                raise RuntimeError(answer["body"])
        return interleave(
            {
                "session.run alone": lambda: session.run(None, {"image": array}),
                "hot door, JSON": lambda: hot(as_json, context),
                "hot door, binary": lambda: hot(as_binary, context),
                "FastAPI + Mangum, JSON": lambda: wide(as_json, context),
            },
            rounds=rounds,
            inner=20,
            progress=progress,
        )
