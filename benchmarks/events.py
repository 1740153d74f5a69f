"""Requests as API Gateway hands them to a function (payload format 2.0)."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

Array = np.ndarray[Any, Any]
_DATATYPES = {"float32": "FP32", "int64": "INT64"}


def event(
    model: str, body: bytes, headers: Mapping[str, str], *, binary: bool = False
) -> dict[str, Any]:
    """An infer request to a model; API Gateway hands JSON on as text, anything else as base64."""
    path = f"/v2/models/{model}/infer"
    return {
        "version": "2.0",
        "routeKey": "POST /v2/models/{model}/infer",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "bench", **headers},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "domainName": "bench",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "bench",
            },
            "requestId": "bench",
            "routeKey": "POST /v2/models/{model}/infer",
            "stage": "$default",
            "time": "23/Nov/2026:00:00:00 +0000",
            "timeEpoch": 1_795_392_000_000,
        },
        "pathParameters": {"model": model},
        "body": base64.b64encode(body).decode() if binary else body.decode(),
        "isBase64Encoded": binary,
    }


def json_event(model: str, tensors: Mapping[str, Array]) -> dict[str, Any]:
    """The tensors as JSON."""
    return event(model, json_body(tensors), {"content-type": "application/json"})


def binary_event(model: str, tensors: Mapping[str, Array]) -> dict[str, Any]:
    """The tensors as raw bytes, both ways."""
    head, body = binary_body(tensors)
    return event(model, body, {"inference-header-content-length": str(head)}, binary=True)


def json_body(tensors: Mapping[str, Array]) -> bytes:
    """An Open Inference request."""
    inputs = [{**_head(n, a), "data": a.ravel().tolist()} for n, a in tensors.items()]
    return orjson.dumps({"inputs": inputs})


def binary_body(tensors: Mapping[str, Array]) -> tuple[int, bytes]:
    """The length of the JSON head, and the head with the tensors' bytes after it."""
    inputs = [
        {**_head(name, array), "parameters": {"binary_data_size": array.nbytes}}
        for name, array in tensors.items()
    ]
    head = orjson.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}})
    return len(head), head + b"".join(array.tobytes() for array in tensors.values())


def _head(name: str, array: Array) -> dict[str, Any]:
    return {"name": name, "datatype": _DATATYPES[str(array.dtype)], "shape": list(array.shape)}
