"""How each peer is asked: the same numbers as JSON, in the shape that it speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from benchmarks.peers.subjects import Subject

Array = np.ndarray[Any, Any]
_DATATYPES = {"float32": "FP32", "int64": "INT64"}


@dataclass(frozen=True, slots=True)
class Protocol:
    """The path, the body of a request for a subject, and its numbers out of an answer."""

    path: Callable[[Subject], str]
    body: Callable[[Subject], bytes]
    read: Callable[[bytes], Array]


def _v2_body(subject: Subject) -> bytes:
    inputs = [
        {
            "name": name,
            "datatype": _DATATYPES[array.dtype.name],
            "shape": list(array.shape),
            "data": array.ravel().tolist(),
        }
        for name, array in subject.feed.items()
    ]
    return orjson.dumps({"inputs": inputs})


def _v2_read(body: bytes) -> Array:
    tensor = orjson.loads(body)["outputs"][0]
    return np.array(tensor["data"], np.float32).reshape(tensor["shape"])


def _named_body(subject: Subject) -> bytes:
    return orjson.dumps({name: array.tolist() for name, array in subject.feed.items()})


def _bare_read(body: bytes) -> Array:
    return np.array(orjson.loads(body), np.float32)


def _output_read(body: bytes) -> Array:
    return np.array(orjson.loads(body)["output"], np.float32)


V2 = Protocol(lambda subject: f"/v2/models/{subject.name}/infer", _v2_body, _v2_read)
BENTO = Protocol(lambda _: "/infer", _named_body, _bare_read)
LIT = Protocol(lambda _: "/predict", _named_body, _output_read)


def wire(protocol: Protocol, subject: Subject) -> bytes:
    """A whole request of HTTP/1.1, head and body."""
    body = protocol.body(subject)
    head = (
        f"POST {protocol.path(subject)} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
