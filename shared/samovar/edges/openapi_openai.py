"""OpenAI's files and batches in the OpenAPI document."""

from typing import Any

from samovar.edges.job_forms import MAX_TAG_NAME, MAX_TAG_VALUE, MAX_TAGS
from samovar.edges.openai_batches import STATUS, WINDOW
from samovar.edges.openapi_errors import HEADERS, refer, too_long
from samovar.edges.openapi_later import KEY, elsewhere, keyed
from samovar.edges.openapi_protocol import answered
from samovar.rows import ANSWERS
from samovar.rows.openai import OPENAI_URLS

Schema = dict[str, Any]

_TAG = "OpenAI"
_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"type": ["integer", "null"], "description": "seconds since the epoch"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FAILS = (500, 503)


def openai_paths() -> dict[str, Any]:
    """The paths of files and batches."""
    file, batch = (_parameter(name) for name in ("file", "batch"))
    gone = (404, *_FAILS)
    return {
        "/v1/files": {
            "get": _operation("files", "Files", answered("Files", "The newest first"), gone),
            "post": _create_file(),
        },
        "/v1/files/{file}": {
            "parameters": [file],
            "get": _operation("file", "One file", answered("File", "What is known of it"), gone),
            "delete": _operation(
                "deleteFile", "Delete a file", answered("FileDeleted", "Gone"), (400, *gone)
            ),
        },
        "/v1/files/{file}/content": {
            "parameters": [file],
            "get": _operation("fileContent", "A file's bytes", _content(), (413, *gone)),
        },
        "/v1/batches": {"get": _list(), "post": _create_batch()},
        "/v1/batches/{batch}": {
            "parameters": [batch],
            "get": _operation("batch", "One batch", answered("Batch", "As it stands"), gone),
        },
        "/v1/batches/{batch}/cancel": {
            "parameters": [batch],
            "post": _operation(
                "cancelBatch", "Cancel a batch", answered("Batch", "Cancelled"), (409, *gone)
            ),
        },
    }


def _parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _operation(
    name: str, summary: str, answers: dict[str, Any], fails: tuple[int, ...]
) -> dict[str, Any]:
    responses = {**answers, **refer(fails)}
    return {"operationId": name, "tags": [_TAG], "summary": summary, "responses": responses}


def _create_file() -> dict[str, Any]:
    form = {
        "type": "object",
        "required": ["purpose", "file"],
        "properties": {"purpose": {"const": "batch"}, "file": {"type": "string", "minLength": 1}},
    }
    about = "Larger ones go through `POST /v1/uploads`; its `upload_id` is then the file's id."
    created = _operation("createFile", "Send a file", answered("File", "Kept"), (413, 415, *_FAILS))
    return {
        **keyed(created),
        "description": about,
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
    }


def _content() -> dict[str, Any]:
    said = "As it was sent, or as a batch answered."
    content: dict[str, Any] = {ANSWERS: {}, "application/octet-stream": {}}
    return {"200": {"description": said, "headers": HEADERS, "content": content}} | elsewhere()


def _create_batch() -> dict[str, Any]:
    metadata = {
        "type": ["object", "null"],
        "maxProperties": MAX_TAGS,
        "propertyNames": {"minLength": 1, "maxLength": MAX_TAG_NAME},
        "additionalProperties": {"type": "string", "maxLength": MAX_TAG_VALUE},
    }
    endpoint = {"type": "string", "examples": [*OPENAI_URLS, "/v1/models/minilm/predict"]}
    body = {
        "type": "object",
        "required": ["input_file_id", "endpoint", "completion_window"],
        "properties": {
            "input_file_id": {"type": "string", "minLength": 1},
            "endpoint": endpoint,
            "completion_window": {"const": WINDOW},
            "metadata": metadata,
        },
        "additionalProperties": False,
    }
    fails = (400, 404, 413, 415, 422, 424, *_FAILS)
    created = _operation("createBatch", "Run a file", answered("Batch", "Kept"), fails)
    media = {"application/json": {"schema": body}}
    return {**created, "parameters": [KEY], "requestBody": {"required": True, "content": media}}


def _list() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    return {
        **_operation(
            "batches",
            "Batches",
            answered("Batches", "The last changed first") | too_long(),
            (400, *_FAILS),
        ),
        "parameters": [
            {"name": "limit", "in": "query", "schema": limit},
            {"name": "after", "in": "query", "schema": _TEXT},
        ],
    }


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def _page(schema: str) -> Schema:
    end = {"type": ["string", "null"]}
    data = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    said = {"object": {"const": "list"}, "data": data, "has_more": {"type": "boolean"}}
    return _object(said, {"first_id": end, "last_id": end})


_ERRORS = {
    "type": ["object", "null"],
    "properties": {"data": {"type": "array", "items": _object({"code": _TEXT, "message": _TEXT})}},
}
SCHEMAS: Schema = {
    "File": _object(
        {
            "id": _TEXT,
            "object": {"const": "file"},
            "bytes": _COUNT,
            "created_at": {"type": "integer"},
            "filename": _TEXT,
            "purpose": {"enum": ["batch", "batch_output"]},
            "status": {"const": "processed"},
        }
    ),
    "Files": _page("File"),
    "FileDeleted": _object({"id": _TEXT, "object": {"const": "file"}, "deleted": {"const": True}}),
    "Batch": _object(
        {
            "id": _TEXT,
            "object": {"const": "batch"},
            "endpoint": _TEXT,
            "input_file_id": _TEXT,
            "completion_window": {"const": WINDOW},
            "status": {"enum": sorted(STATUS.values())},
            "created_at": {"type": "integer"},
            "request_counts": _object({"total": _COUNT, "completed": _COUNT, "failed": _COUNT}),
        },
        {
            "model": _TEXT,
            "errors": _ERRORS,
            "output_file_id": {"type": ["string", "null"]},
            "error_file_id": {"type": ["string", "null"]},
            **{
                f"{name}_at": _SECONDS
                for name in ("in_progress", "expires", "completed", "failed", "expired")
            },
            "cancelled_at": _SECONDS,
            "metadata": {"type": "object", "additionalProperties": _TEXT},
        },
    ),
    "Batches": _page("Batch"),
}
"""What these routes answer."""
