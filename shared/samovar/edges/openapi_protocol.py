"""The paths that every deployment has, whatever its models: the protocol and the catalogue."""

from collections.abc import Mapping, Sequence
from typing import Any

from samovar.edges.metadata import EXTENSIONS
from samovar.edges.openapi_errors import HEADERS, LISTS, READS, RUNS, refer
from samovar.types import DTYPES

Schema = dict[str, Any]
_MODELS, _PROTOCOL = "Models", "Open Inference Protocol"


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Schema = {"type": "string"}
_SHAPE = _list({"type": "integer", "minimum": -1})
_TENSOR = _object({"name": _TEXT, "datatype": {"enum": list(DTYPES)}, "shape": _SHAPE})
_COUNT = _object({"count": {"type": "integer"}, "ns": {"type": "integer"}})
_STATISTICS = _object(
    {
        "name": _TEXT,
        "version": _TEXT,
        "last_inference": {"type": "integer", "description": "milliseconds since the epoch"},
        "inference_count": {"type": "integer"},
        "execution_count": {"type": "integer"},
        "inference_stats": _object({"success": _COUNT, "fail": _COUNT}),
        "batch_stats": _list({"type": "object"}),
    }
)
_INDEXED = _object(
    {
        "name": _TEXT,
        "version": _TEXT,
        "state": {"enum": ["READY", "UNAVAILABLE"]},
        "reason": _TEXT,
    }
)
_INPUT = _object(
    {"kind": _TEXT, "content_types": _list(_TEXT), "send": _TEXT}, {"columns": _list(_TEXT)}
)
_LISTED = {
    "id": _TEXT,
    "object": {"const": "model"},
    "title": _TEXT,
    "task": _TEXT,
    "lane": {"enum": ["light", "heavy", "auto"]},
    "versions": _list(_TEXT),
    "input": _INPUT,
    "licence": _TEXT,
    "ready": {"type": "boolean"},
    "links": {"type": "object", "additionalProperties": _TEXT},
}
_EXAMPLE = _object(
    {"name": _TEXT, "content_type": _TEXT, "href": _TEXT, "expect": {}, "curl": _TEXT},
    {"body": _TEXT, "tolerance": {"type": "number"}},
)
_METADATA = _object(
    {
        "name": _TEXT,
        "versions": _list(_TEXT),
        "platform": _TEXT,
        "inputs": _list(_TENSOR),
        "outputs": _list(_TENSOR),
    }
)
_CONFIG = _object(
    {
        "name": _TEXT,
        "platform": _TEXT,
        "backend": _TEXT,
        "max_batch_size": {"type": "integer"},
        "input": _list({"type": "object"}),
        "output": _list({"type": "object"}),
    }
)

SCHEMAS: Mapping[str, Schema] = {
    "Server": _object(
        {"name": _TEXT, "version": _TEXT, "extensions": _list({"enum": list(EXTENSIONS)})}
    ),
    "Live": _object({"live": {"type": "boolean"}}),
    "Ready": _object({"ready": {"type": "boolean"}}),
    "ModelReady": _object({"name": _TEXT, "ready": {"const": True}}),
    "ModelNotReady": _object(
        {"name": _TEXT, "ready": {"const": False}, "error": _TEXT, "code": _TEXT}
    ),
    "Metadata": _METADATA,
    "Config": _CONFIG,
    "Statistics": _object({"model_stats": _list(_STATISTICS)}),
    "Index": _list(_INDEXED),
    "Models": _object({"object": {"const": "list"}, "data": _list(_object(_LISTED))}),
    "Model": _object(
        {
            **_LISTED,
            "version": _TEXT,
            "description": _TEXT,
            "origin": _TEXT,
            "inputs": _list(_TENSOR),
            "outputs": _list(_TENSOR),
            "limits": {"type": "object"},
            "metrics": {"type": "object"},
            "examples": _list(_EXAMPLE),
        }
    ),
}


def answered(schema: str, description: str) -> dict[str, Any]:
    """The `200` of an operation whose answer is a component schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"200": {"description": description, "headers": HEADERS, "content": content}}


def _get(tag: str, name: str, summary: str, schema: str, fails: tuple[int, ...]) -> dict[str, Any]:
    responses = {**answered(schema, summary), **refer(fails)}
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}


def server_paths() -> dict[str, Any]:
    """Paths that name no model."""
    return {
        "/v1/models": {"get": _get(_MODELS, "listModels", "Every model", "Models", LISTS)},
        "/v2": {"get": _get(_PROTOCOL, "server", "Server metadata", "Server", (500,))},
        "/v2/health/live": {"get": _get(_PROTOCOL, "live", "Is it alive?", "Live", (500,))},
        "/v2/health/ready": {"get": _get(_PROTOCOL, "ready", "Is it ready?", "Ready", (500,))},
        "/v2/repository/index": {"post": _index()},
        "/v2/models/stats": {
            "get": _get(_PROTOCOL, "stats", "Statistics of all models", "Statistics", LISTS)
        },
    }


def _index() -> dict[str, Any]:
    body = {"type": "object", "properties": {"ready": {"type": "boolean", "default": False}}}
    operation = _get(_PROTOCOL, "index", "Repository index", "Index", (400, 413, *LISTS))
    return {**operation, "requestBody": {"content": {"application/json": {"schema": body}}}}


_OF_A_MODEL = (
    ("", "metadata", "Model metadata", "Metadata"),
    ("/config", "config", "Triton's model configuration", "Config"),
    ("/stats", "modelStats", "Statistics of one model", "Statistics"),
    ("/ready", "modelReady", "Can a model be used?", "ModelReady"),
)


def model_paths(names: Sequence[str]) -> dict[str, Any]:
    """Paths with `{model}` in them, for those of `names`; with a version and without."""
    paths: dict[str, Any] = {}
    for suffix, tail in (("", ""), ("Version", "/versions/{version}")):
        given = {"parameters": _parameters(names, versioned=bool(tail))}
        for end, name, summary, schema in _OF_A_MODEL:
            operation = _get(_PROTOCOL, f"{name}{suffix}", summary, schema, READS)
            if schema == "ModelReady":
                operation["responses"] |= _not_ready()
            paths[f"/v2/models/{{model}}{tail}{end}"] = {**given, "get": operation}
        operation = _get(_MODELS, f"model{suffix}", "All that is known of one", "Model", READS)
        paths[f"/v1/models/{{model}}{tail}"] = {**given, "get": operation}
    at = "/versions/{version}"
    given = {"parameters": _parameters(names, versioned=True)}
    paths[f"/v1/models/{{model}}{at}/predict"] = {**given, "post": _run("predictVersion")}
    paths[f"/v2/models/{{model}}{at}/infer"] = {**given, "post": _run("inferVersion")}
    return paths


def _parameters(names: Sequence[str], *, versioned: bool) -> list[dict[str, Any]]:
    known = {"enum": list(names)} if names else {}
    model = {"name": "model", "in": "path", "required": True, "schema": {**_TEXT, **known}}
    number = {"type": "string", "pattern": "^[0-9]+$"}
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "schema": number,
        "example": "1",
    }
    return [model, version] if versioned else [model]


def _not_ready() -> dict[str, Any]:
    refused = answered("ModelNotReady", "It is known, but cannot be used")["200"]
    return {"400": refused}


def _run(name: str) -> dict[str, Any]:
    infer = name.startswith("infer")
    said = "infer" if infer else "predict"
    body = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    result = {"description": f"As {said} without a version answers.", "headers": HEADERS}
    media = ("application/json", "application/octet-stream") if infer else ("application/json",)
    return {
        "operationId": name,
        "tags": [_PROTOCOL if infer else _MODELS],
        "summary": f"{said.capitalize()} by one version of a model",
        "description": f"Takes and answers what the model's own {said} does.",
        "requestBody": body,
        "responses": {
            "200": {**result, "content": {name: {} for name in media}},
            **refer(RUNS),
        },
    }
