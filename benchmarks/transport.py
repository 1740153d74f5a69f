"""What a large tensor costs on its way in and out: a picture of 1 × 3 × 224 × 224, 600 KB.

`passthrough` is a graph that gives the picture back; what a request takes beyond its run is
decoding, checking and encoding. It is held against the run of a graph that takes such a
picture, the first one of `ocr`, and for JSON against orjson and numpy by themselves.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.bare import session
from benchmarks.events import binary_body, binary_event, json_body, json_event
from benchmarks.interleave import Sample
from benchmarks.lambda_context import Context
from benchmarks.pace import Pace
from benchmarks.pictures import SHAPE, picture_models
from benchmarks.places import MEMORY_MB, RUNTIME, function_path, missing_function
from benchmarks.suite import Suite, Target, ratio
from benchmarks.workers import Entry, take_turns

INNER = 3
DETECTOR, BARE = "session.run of a detector", "orjson + numpy alone, JSON"
_COPY = "session.run of a graph that copies"
_KINDS = ("binary", "JSON")
Calls = dict[str, Callable[[], object]]


def measure(pace: Pace) -> Mapping[str, Sample]:
    """Seconds a picture of each variant; then what the service has beside the run."""
    entry = Entry(
        RUNTIME, "benchmarks.transport:variants", (str(picture_models()),), function_path()
    )
    found = take_turns({"samovar": entry}, pace, INNER)
    return found | {_own(kind): _less(found, kind) for kind in _KINDS}


def variants(models: str) -> Calls:
    """In the process: the graphs alone, the service with bytes in and out, the hot door."""
    # The layer has no numpy.random. As text these have as many digits as any picture's numbers.
    picture = np.sin(np.arange(np.prod(SHAPE), dtype=np.float32)).reshape(SHAPE)
    return _floors(Path(models), picture) | _ours(models, {"in": picture})


def _floors(models: Path, picture: np.ndarray[Any, Any]) -> Calls:
    copy, detect = (
        session(models / name / "1" / "model.onnx", threads=2) for name in ("passthrough", "detect")
    )
    name, body = detect.get_inputs()[0].name, json_body({"in": picture})
    return {
        DETECTOR: lambda: detect.run(None, {name: picture}),
        _COPY: lambda: copy.run(None, {"in": picture}),
        BARE: lambda: _alone(body),
    }


def _alone(body: bytes) -> bytes:
    """In and out again as a handler by hand does it."""
    (sent,) = orjson.loads(body)["inputs"]
    array = np.array(sent["data"], np.float32).reshape(sent["shape"])
    made = {"name": "out", "datatype": "FP32", "shape": array.shape, "data": array.ravel()}
    return orjson.dumps({"outputs": [made]}, option=orjson.OPT_SERIALIZE_NUMPY)


def _ours(models: str, tensors: Mapping[str, np.ndarray[Any, Any]]) -> Calls:
    from samovar.settings import read_settings
    from samovar.types import OIP_BINARY, OIP_JSON, Payload
    from samovar.wiring import build_service, hot_handler

    from benchmarks.doors import checked

    variables = {"SAMOVAR_MODELS_DIR": models, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB)}
    service, door, context = (
        build_service(read_settings(variables)),
        hot_handler(variables),
        Context(),
    )
    head, body = binary_body(tensors)
    binary = Payload(body, f"{OIP_BINARY};json-header-size={head}")
    text = Payload(json_body(tensors), OIP_JSON)
    sent = {
        "binary": binary_event("passthrough", tensors),
        "JSON": json_event("passthrough", tensors),
    }
    return {
        _service("binary"): lambda: service.predict("passthrough", "", binary),
        _service("JSON"): lambda: service.predict("passthrough", "", text),
        **{_door(kind): checked(door, event, context) for kind, event in sent.items()},
    }


def _less(found: Mapping[str, Sample], kind: str) -> Sample:
    pairs = zip(found[_service(kind)].wall_s, found[_COPY].wall_s, strict=True)
    return Sample(_own(kind), tuple(whole - run for whole, run in pairs))


def _service(kind: str) -> str:
    return f"service around that graph, {kind}"


def _door(kind: str) -> str:
    return f"hot door around that graph, API Gateway’s event, {kind}"


def _own(kind: str) -> str:
    return f"decode + encode, {kind}"


SUITE = Suite(
    name="transport",
    says="A float32 tensor of 1 × 3 × 224 × 224 in, and one out.",
    measure=measure,
    rounds=60,
    budget_s=60,
    quick=3,
    floors={"JSON": BARE, "binary": DETECTOR},
    targets=(
        Target(
            "transport_binary",
            "decode + encode of 1 × 3 × 224 × 224 fp32, binary, over a detector’s run",
            ratio(_own("binary"), DETECTOR),
            0.02,
        ),
        Target(
            "transport_json",
            "the same as JSON, over orjson + numpy alone",
            ratio(_own("JSON"), BARE),
            1.2,
        ),
    ),
    missing=missing_function,
)
