"""What the Open Inference Protocol tells of a server and its models, beside infer."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from samovar import __version__
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response
from samovar.errors import MalformedBody, ModelNotReady
from samovar.service import Description, Entry
from samovar.types import TensorSpec

PLATFORM = "onnxruntime_onnx"
EXTENSIONS = (
    "binary_tensor_data",
    "model_configuration",
    "model_repository(index)",  # models are opened on their first request: no load, no unload
    "statistics",
)
_CONFIG_TYPES = {"BYTES": "TYPE_STRING"}


def server_live(_: Visit) -> Response:
    """Whether this process answers at all."""
    return json_response({"live": True})


def server_ready(_: Visit) -> Response:
    """Whether it can answer requests. A process that has read its settings can."""
    return json_response({"ready": True})


def server_metadata(_: Visit) -> Response:
    """The server's name, version and extensions."""
    return json_response(
        {"name": "samovar", "version": __version__, "extensions": list(EXTENSIONS)}
    )


def model_metadata(visit: Visit) -> Response:
    """A model's versions and tensors."""
    found = visit.describe()
    return json_response(
        {
            "name": found.spec.name,
            "versions": list(found.versions),
            "platform": PLATFORM,
            "inputs": tensors(found.signature.inputs),
            "outputs": tensors(found.signature.outputs),
        }
    )


def tensors(specs: Sequence[TensorSpec]) -> list[dict[str, Any]]:
    """Tensors as the protocol describes them: name, datatype, shape (−1 is free)."""
    return [{"name": s.name, "datatype": s.datatype, "shape": list(s.shape)} for s in specs]


def model_ready(visit: Visit) -> Response:
    """200 where a model can be used, 400 with the reason where it cannot. Raises NotFound."""
    model = visit.target.model
    entry = visit.service.ready(model, visit.target.version)
    if entry.ready:
        return json_response({"name": entry.name, "ready": True})
    body = {
        "name": model,
        "ready": False,
        "error": f"model '{model}' is not ready: {entry.reason}",
        "code": ModelNotReady.code,
    }
    return json_response(body, status=400)


def model_config(visit: Visit) -> Response:
    """The part of Triton's model configuration that is true of an ONNX model here."""
    found = visit.describe()
    batched = _is_batched(found)
    return json_response(
        {
            "name": found.spec.name,
            "platform": PLATFORM,
            "backend": "onnxruntime",
            "max_batch_size": found.spec.batch.max_size if batched else 0,
            "input": [_config(spec, batched=batched) for spec in found.signature.inputs],
            "output": [_config(spec, batched=batched) for spec in found.signature.outputs],
        }
    )


def _is_batched(found: Description) -> bool:
    specs = (*found.signature.inputs, *found.signature.outputs)
    return found.spec.batch.axis == 0 and all(spec.shape[:1] == (-1,) for spec in specs)


def _config(spec: TensorSpec, *, batched: bool) -> dict[str, Any]:
    """A tensor as Triton configures it: without the batch's dimension, which is implied."""
    dims = spec.shape[1:] if batched else spec.shape
    datatype = _CONFIG_TYPES.get(spec.datatype, f"TYPE_{spec.datatype}")
    return {"name": spec.name, "data_type": datatype, "dims": list(dims)}


def repository_index(visit: Visit) -> Response:
    """Every version of every model with its state; with `{"ready": true}` the usable ones."""
    only_ready = _wants_ready(visit.request.body)
    entries = visit.service.index()
    return json_response([_line(entry) for entry in entries if entry.ready or not only_ready])


def _line(entry: Entry) -> dict[str, str]:
    return {
        "name": entry.name,
        "version": entry.version,
        "state": "READY" if entry.ready else "UNAVAILABLE",
        "reason": entry.reason,
    }


def _wants_ready(body: bytes) -> bool:
    try:
        said = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    if not isinstance(said, Mapping) or not isinstance(said.get("ready", False), bool):
        raise MalformedBody('send {"ready": true} for the usable models, or {} for all')
    return bool(said.get("ready", False))
