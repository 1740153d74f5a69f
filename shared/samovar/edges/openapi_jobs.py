"""Jobs in the OpenAPI document: their paths, and what predict and infer take to become one."""

from collections.abc import Sequence
from typing import Any

from samovar.edges.job_forms import (
    MAX_NAME,
    MAX_PRIORITY,
    MAX_TAG_NAME,
    MAX_TAG_VALUE,
    MAX_TAGS,
    MAX_TTL_S,
)
from samovar.edges.job_query import FILTERS, MAX_LISTED
from samovar.edges.openapi_errors import HEADERS, refer, too_long
from samovar.edges.openapi_job_facts import STATE, WEBHOOK
from samovar.edges.openapi_later import KEY, PREFER, accepted, elsewhere, keyed, there
from samovar.edges.openapi_predict import predict_content
from samovar.edges.openapi_protocol import answered
from samovar.rows import ANSWERS
from samovar.service import Description

Schema = dict[str, Any]

_TAG = "Jobs"
_TEXT: Schema = {"type": "string"}
_MEDIA_TYPE: Schema = {"type": "string", "pattern": "^[^/]+/[^/]+$", "maxLength": MAX_NAME}
_BATCH: Schema = {
    "type": "boolean",
    "default": False,
    "description": "Whether the file is of rows (JSON lines, CSV, .npy, zip), each a request.",
}
_FAILS = (500, 503)


def job_paths(models: Sequence[Description]) -> dict[str, Any]:
    """The paths of jobs and uploads."""
    job = {"name": "job", "in": "path", "required": True, "schema": _TEXT}
    return {
        "/v1/jobs": {"get": _list(), "post": _submit(models)},
        "/v1/jobs/{job}": {
            "parameters": [job],
            "get": _operation("job", "One job", answered("Job", "As it stands"), (404, *_FAILS)),
            "delete": _operation(
                "cancelJob", "Cancel a job", answered("Job", "Cancelled"), (404, 409, *_FAILS)
            ),
        },
        "/v1/jobs/{job}/result": {
            "parameters": [job],
            "get": _operation("jobResult", "A job's result", _result(), (404, 409, *_FAILS)),
        },
        "/v1/jobs/{job}/errors": {
            "parameters": [job],
            "get": _operation("jobErrors", "A batch's errors", _errors(), (404, 409, *_FAILS)),
        },
        "/v1/jobs/{job}/redrive": {
            "parameters": [job],
            "post": keyed(_operation("redriveJob", "Run a job again", accepted(), (404, *_FAILS))),
        },
        "/v1/uploads": {"post": _upload()},
    }


def _operation(
    name: str, summary: str, answers: dict[str, Any], fails: tuple[int, ...]
) -> dict[str, Any]:
    responses = {**answers, **refer(fails)}
    return {"operationId": name, "tags": [_TAG], "summary": summary, "responses": responses}


def _submit(models: Sequence[Description]) -> dict[str, Any]:
    fails = (400, 404, 413, 415, 422, 424, *_FAILS)
    media: dict[str, Any] = {"schema": _request([found.spec.name for found in models])}
    shown = {found.spec.name: {"value": value} for found in models for value in _examples(found)}
    if shown:
        media["examples"] = shown
    return {
        **_operation("submitJob", "Submit a job", accepted() | there(), fails),
        "parameters": [PREFER, KEY],
        "requestBody": {"required": True, "content": {"application/json": media}},
    }


def _examples(found: Description) -> list[dict[str, Any]]:
    """A submission of the model's first example in JSON, where it has one."""
    media = predict_content(found)["application/json"]
    named = [one["value"] for one in media.get("examples", {}).values() if "value" in one]
    bodies = [*named, *([media["example"]] if "example" in media else [])]
    return [{"model": found.spec.name, "input": body} for body in bodies[:1]]


def _request(names: Sequence[str]) -> Schema:
    """A submission in its three forms."""
    predict = {"type": "object", "description": "What the model's predict takes as JSON."}
    uri = {"type": "string", "description": "Of an object in this deployment's bucket."}
    upload = {"type": "string", "description": "Of an upload that is done."}
    forms = [
        _form(names, {"input": predict}, {}),
        _form(names, {"input_uri": uri}, {"content_type": _MEDIA_TYPE, "batch": _BATCH}),
        _form(names, {"upload_id": upload}, {"content_type": _MEDIA_TYPE, "batch": _BATCH}),
    ]
    return {"anyOf": forms}


def _form(names: Sequence[str], source: Schema, more: Schema) -> Schema:
    model: Schema = {"enum": list(names)} if names else _TEXT
    tag = {"type": "string", "maxLength": MAX_TAG_VALUE}
    tags = {
        "type": "object",
        "maxProperties": MAX_TAGS,
        "propertyNames": {"minLength": 1, "maxLength": MAX_TAG_NAME},
        "additionalProperties": tag,
    }
    ttl = {"type": "integer", "minimum": 1, "maximum": MAX_TTL_S}
    priority = {"type": "integer", "minimum": 0, "maximum": MAX_PRIORITY, "default": 0}
    return {
        "type": "object",
        "required": ["model", *source],
        "properties": {
            "model": model,
            "version": {"type": "string", "description": "The newest where it is left out."},
            **source,
            **more,
            "ttl_s": {**ttl, "description": "Seconds after which it is not worth running."},
            "priority": {**priority, "description": "Higher runs first within a batch."},
            "tags": tags,
            "webhook": WEBHOOK,
        },
        "additionalProperties": False,
    }


def _list() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": 50}
    cursor = {"type": "string", "maxLength": 1024}
    model = {"type": "string", "maxLength": MAX_NAME}
    parent = {"type": "string", "description": "A batch: its parts, in order, and nothing else."}
    schemas = dict(zip(FILTERS, (STATE, model, limit, cursor, parent), strict=True))
    return {
        **_operation(
            "jobs",
            "Jobs, newest first",
            answered("Jobs", "A page") | too_long(),
            (400, 404, *_FAILS),
        ),
        "parameters": [
            {"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()
        ],
    }


def _result() -> dict[str, Any]:
    said = "The bytes that predict or infer would have answered with."
    content: dict[str, Any] = {"application/json": {}, "application/octet-stream": {}}
    found = {"200": {"description": said, "headers": HEADERS, "content": content}}
    return found | elsewhere()


def _errors() -> dict[str, Any]:
    said = "A line of JSON for each row that failed: its number, its id, the error."
    return {"200": {"description": said, "headers": HEADERS, "content": {ANSWERS: {}}}}


def _upload() -> dict[str, Any]:
    size = {"type": "integer", "minimum": 1, "description": "The most bytes that it may have."}
    body = {
        "type": "object",
        "required": ["content_type"],
        "properties": {"content_type": _MEDIA_TYPE, "size": size},
        "additionalProperties": False,
    }
    media = {"schema": body, "example": {"content_type": "image/png", "size": 1_000_000}}
    answers = answered("Upload", "A form to send the file with")
    return {
        **keyed(_operation("upload", "A place for a large input", answers, (413, 415, *_FAILS))),
        "requestBody": {"required": True, "content": {"application/json": media}},
    }
