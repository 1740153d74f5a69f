"""Writes events/, one JSON for each door and each failure: `python -m tools.make_events`.

The name of a refused event begins with what comes out: a status for HTTP, the error's name
for the direct door. The events are committed; this runs when one of them is to change.
"""

import gzip
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.gateway_events import http, rest
from tools.heavy_events import gpu_dispatch_events, gpu_result_events
from tools.job_events import (
    job_events_events,
    job_sweeper_events,
    job_worker_events,
    s3_upload_events,
)

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
JSON = {"content-type": "application/json"}
GZIP = JSON | {"content-encoding": "gzip"}
TEXT = {"content-type": "text/plain"}
PNG = {"content-type": "image/png"}

ZERO = (
    "..####..",
    ".##..##.",
    ".#....#.",
    ".#....#.",
    ".#....#.",
    ".#....#.",
    ".##..##.",
    "..####..",
)
"""A nought as `digits` sees one: 8 × 8 pixels, ink is 1."""

INK = [1.0 if cell == "#" else 0.0 for row in ZERO for cell in row]
Events = dict[str, dict[str, Any]]

TO_DO = "Prepare quarterly report"
PENGUIN = {
    "island": "Biscoe",
    "sex": "male",
    "culmen_length_mm": 50.4,
    "culmen_depth_mm": 15.7,
    "flipper_length_mm": 222,
    "body_mass_g": 5750,
}


def digits_request(**changes: Any) -> dict[str, Any]:
    """An infer request for `digits`, with some keys of its input tensor changed."""
    tensor = {"name": "image", "datatype": "FP32", "shape": [1, 1, 8, 8], "data": INK}
    return {"id": "nought", "inputs": [tensor | changes]}


def binary_request() -> tuple[bytes, int]:
    """The same request as tritonclient sends it: JSON, then raw floats; and the JSON's length."""
    sizes = {"binary_data_size": 4 * len(INK)}
    tensor = {"name": "image", "datatype": "FP32", "shape": [1, 1, 8, 8], "parameters": sizes}
    head = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
    packed = json.dumps(head, separators=(",", ":")).encode()
    return packed + struct.pack(f"<{len(INK)}f", *INK), len(packed)


INFER = "POST /v2/models/{model}/infer"
INFER_VERSION = "POST /v2/models/{model}/versions/{version}/infer"
PREDICT = "POST /v1/models/{model}/predict"
PREDICT_VERSION = "POST /v1/models/{model}/versions/{version}/predict"
DIGITS = "POST /v2/models/digits/infer"
DIGITS_99 = "POST /v2/models/digits/versions/99/infer"
PICTURE = "POST /v1/models/digits/predict"
TASKS = "POST /v1/models/task-priority/predict"


def three() -> bytes:
    """The picture that is a golden example of `digits`."""
    return (ROOT / "models" / "digits" / "examples" / "three.png").read_bytes()


def infer_answers() -> Events:
    """V2 requests of functions/infer that are answered."""
    binary, head = binary_request()
    path = DIGITS.replace("/infer", "/versions/1/infer")
    size = {"inference-header-content-length": str(head)}
    return {
        "infer-json": http(INFER, DIGITS, digits_request(), JSON),
        "infer-version": http(INFER_VERSION, path, digits_request(), JSON),
        "infer-binary": http(INFER, DIGITS, binary, size),
        "infer-rest": rest(DIGITS, digits_request(), JSON),
        "stats": http("GET /v2/models/stats", "GET /v2/models/stats"),
        "model-stats": http("GET /v2/models/{model}/stats", "GET /v2/models/digits/stats"),
    }


def predict_answers() -> Events:
    """What people send to functions/infer, and it is answered."""
    path = TASKS.replace("/predict", "/versions/1/predict")
    rows = {"rows": [{"text": TO_DO}, {"text": "Water the plants"}]}
    zipped = gzip.compress(json.dumps({"text": TO_DO}).encode(), mtime=0)
    return {
        "predict": http(PREDICT, TASKS, TO_DO, TEXT),
        "predict-json": http(PREDICT, TASKS, {"text": TO_DO}, JSON),
        "predict-rows": http(PREDICT, TASKS, rows, JSON),
        "predict-version": http(PREDICT_VERSION, path, TO_DO, TEXT),
        "predict-image": http(PREDICT, PICTURE, three(), PNG),
        "predict-gzip": http(PREDICT, TASKS, zipped, GZIP | {"accept-encoding": "gzip"}),
        "predict-rest": rest(TASKS, TO_DO, TEXT),
    }


def infer_refusals() -> Events:
    """What functions/infer refuses."""
    half, bomb = three()[: len(three()) // 2], gzip.compress(b" " * 7_000_000, mtime=0)
    brotli = TEXT | {"content-encoding": "br"}
    return {
        "400-malformed-json": http(INFER, DIGITS, '{"inputs": [', JSON),
        "400-wrong-datatype": http(INFER, DIGITS, digits_request(datatype="INT64"), JSON),
        "400-wrong-shape": http(INFER, DIGITS, digits_request(shape=[1, 1, 8, 9]), JSON),
        "400-unknown-tensor": http(INFER, DIGITS, digits_request(name="picture"), JSON),
        "400-broken-image": http(PREDICT, PICTURE, half, PNG),
        "404-unknown-model": http(PREDICT, PICTURE.replace("digits", "nobody"), TO_DO, TEXT),
        "404-unknown-version": http(INFER_VERSION, DIGITS_99, digits_request(), JSON),
        "413-over-limit": http(PREDICT, TASKS, bomb, GZIP),
        "415-wrong-media-type": http(PREDICT, PICTURE, TO_DO, TEXT),
        "415-unknown-encoding": http(PREDICT, TASKS, b"\x8b\x02", brotli),
    }


def http_api_events() -> Events:
    """Requests of functions/http_api: all of them come by the $default route."""
    paths = {
        "health-live": "GET /v2/health/live",
        "health-ready": "GET /v2/health/ready",
        "server-metadata": "GET /v2",
        "model-metadata": "GET /v2/models/digits",
        "model-ready": "GET /v2/models/digits/versions/1/ready",
        "models": "GET /v1/models",
        "model": "GET /v1/models/task-priority",
        "openapi": "GET /openapi.json",
        "404-unknown-model": "GET /v2/models/nobody",
        "404-unknown-route": "GET /teapot",
        "405-wrong-method": "DELETE /v1/models/digits",
    }
    events = {name: http("$default", path) for name, path in paths.items()}
    index = http("$default", "POST /v2/repository/index", {}, JSON)
    return events | {"repository-index": index}


def direct_events() -> Events:
    """Payloads of functions/direct, as a state machine hands them over."""
    todo = {"model": "task-priority", "input": {"text": TO_DO}}
    return {
        "predict": todo,
        "predict-version": todo | {"version": "1"},
        "predict-row": {"model": "penguins", "input": {"row": PENGUIN}},
        "infer": {"model": "digits", "infer": digits_request()},
        "InvalidInput-no-model": {"input": {"text": TO_DO}},
        "InvalidInput-unknown-key": todo | {"verison": "1"},
        "InvalidInput-nothing-to-do": {"model": "digits"},
        "ModelNotFound": todo | {"model": "nobody"},
        "VersionNotFound": todo | {"version": "99"},
        "UnknownTensor": {"model": "digits", "infer": digits_request(name="picture")},
        "WrongDatatype": {"model": "digits", "infer": digits_request(datatype="INT64")},
        "WrongShape": {"model": "digits", "infer": digits_request(shape=[1, 1, 8, 9])},
    }


FUNCTIONS: Mapping[str, Sequence[Callable[[], Events]]] = {
    "infer": (infer_answers, predict_answers, infer_refusals),
    "http_api": (http_api_events,),
    "direct": (direct_events,),
    "job_worker": (job_worker_events,),
    "s3_upload": (s3_upload_events,),
    "job_sweeper": (job_sweeper_events,),
    "job_events": (job_events_events,),
    "gpu_dispatch": (gpu_dispatch_events,),
    "gpu_result": (gpu_result_events,),
}


def main() -> None:
    """Writes every event over what lies there."""
    for function, parts in FUNCTIONS.items():
        folder = EVENTS / function
        folder.mkdir(parents=True, exist_ok=True)
        for name, event in [pair for part in parts for pair in part().items()]:
            text = json.dumps(event, indent=2, ensure_ascii=False)
            (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
