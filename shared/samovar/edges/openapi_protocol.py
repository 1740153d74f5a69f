"""The paths that every deployment has, whatever its models: the protocol and the catalogue."""

from collections.abc import Sequence
from typing import Any

from samovar.edges.openapi_errors import HEADERS, LISTS, READS, RUNS, refer, refer_openai

_MODELS, _PROTOCOL = "Models", "Open Inference Protocol"
_TEXT = {"type": "string"}


def answered(schema: str, description: str) -> dict[str, Any]:
    """The `200` of an operation whose answer is a component schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"200": {"description": description, "headers": HEADERS, "content": content}}


def _get(tag: str, name: str, summary: str, schema: str, fails: tuple[int, ...]) -> dict[str, Any]:
    responses = {**answered(schema, summary), **refer(fails)}
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}


def _get_model(name: str, summary: str, schema: str, fails: tuple[int, ...]) -> dict[str, Any]:
    return _get(_MODELS, name, summary, schema, fails)


def _listed(name: str, summary: str, schema: str, fails: tuple[int, ...]) -> dict[str, Any]:
    """As OpenAI's clients read it, and its errors."""
    found = _get_model(name, summary, schema, fails)
    return {**found, "responses": {**answered(schema, summary), **refer_openai(fails)}}


def server_paths() -> dict[str, Any]:
    """Paths that name no model."""
    return {
        "/v1/models": {"get": _listed("listModels", "Every model", "Models", LISTS)},
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
        get = _get_model if tail else _listed
        operation = get(f"model{suffix}", "All that is known of one", "Model", READS)
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
