"""Rerank and collections in the OpenAPI document."""

from collections.abc import Sequence
from typing import Any

from samovar.edges.openapi_errors import RUNS, refer
from samovar.edges.openapi_protocol import answered
from samovar.embedding import TASK
from samovar.search.asks import MAX_ID, MAX_METADATA, MAX_SENT, MAX_TEXT, MAX_TOP_K
from samovar.search.packed import PRECISIONS
from samovar.search.ranking import MAX_DOCUMENTS
from samovar.search.ways import WAYS
from samovar.service import Description

Schema = dict[str, Any]

_TAG = "Search"
_TEXT: Schema = {"type": "string"}
_SAID: Schema = {"type": "string", "pattern": r"\S"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MODEL: Schema = {"type": ["string", "null"], "description": "the deployment's own where unsaid"}
_BY: Schema = {"enum": [*WAYS, None], "description": "what decides"}
_CONFLICT = 409


def search_paths(models: Sequence[Description]) -> dict[str, Any]:
    """The paths of rerank and collections, where a model embeds texts; none where none does."""
    if not any(model.spec.task == TASK for model in models):
        return {}
    one = "/v1/collections/{collection}"
    name = {
        "name": "collection",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,62}$"},
    }
    given = {"parameters": [name]}
    return {
        "/v1/rerank": {"post": _rerank()},
        "/v1/collections": {
            "get": _operation("collections", "Collections", "Collections", (404, 500, 503))
        },
        one: {**given, "get": _show(), "put": _put(), "delete": _delete()},
        f"{one}/documents": {**given, "get": _documents(), "post": _change()},
        f"{one}/search": {**given, "post": _search()},
    }


def _operation(
    name: str, summary: str, schema: str, fails: tuple[int, ...], body: Schema | None = None
) -> dict[str, Any]:
    responses = {**answered(schema, summary), **refer(fails)}
    found = {"operationId": name, "tags": [_TAG], "summary": summary, "responses": responses}
    if body is not None:
        media = {"application/json": {"schema": {**body, "additionalProperties": False}}}
        found["requestBody"] = {"required": True, "content": media}
    return found


def _rerank() -> dict[str, Any]:
    text = {"anyOf": [_TEXT, _object({"text": _TEXT})]}
    documents = {"type": "array", "items": text, "minItems": 1, "maxItems": MAX_DOCUMENTS}
    body = _object(
        {"query": _SAID, "documents": documents},
        {
            "model": _MODEL,
            "top_n": {"type": ["integer", "null"], "minimum": 1},
            "return_documents": {"type": ["boolean", "null"]},
            "by": _BY,
        },
    )
    return _operation("rerank", "Put documents in order for a query", "Ranked", RUNS, body)


def _show() -> dict[str, Any]:
    return _operation("collection", "One collection", "Collection", (400, 404, 500, 503))


def _put() -> dict[str, Any]:
    optional = {"model": _MODEL, "precision": {"enum": [*PRECISIONS, None]}}
    body = _object({"documents": {**_DOCUMENTS, "minItems": 1}}, optional)
    fails = (*RUNS, _CONFLICT)
    found = _operation("putCollection", "Make a collection", "Collection", fails, body)
    return {**found, "parameters": [_header("If-None-Match", "*"), _header("If-Match", "")]}


def _documents() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "default": 100}
    found = _operation("documents", "Its documents", "Documents", (400, 404, 413, 500, 503))
    parameters = [
        {"name": "limit", "in": "query", "schema": limit},
        {"name": "after", "in": "query", "schema": _TEXT, "description": "a document's id"},
    ]
    return {**found, "parameters": parameters}


def _change() -> dict[str, Any]:
    gone = {"type": "array", "items": _TEXT}
    body = _object({}, {"documents": _DOCUMENTS, "delete": gone})
    fails = (*RUNS, _CONFLICT)
    found = _operation("changeCollection", "Add and delete documents", "Collection", fails, body)
    return {**found, "parameters": [_header("If-Match", "")]}


def _search() -> dict[str, Any]:
    value = {"type": ["string", "number", "boolean", "null"]}
    wanted = {"anyOf": [value, {"type": "array", "items": value}]}
    body = _object(
        {"query": _SAID},
        {
            "top_k": {"type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "default": 10},
            "min_score": {"type": ["number", "null"]},
            "by": _BY,
            "filter": {
                "type": ["object", "null"],
                "additionalProperties": wanted,
                "maxProperties": 16,
            },
        },
    )
    return _operation("search", "Search a collection", "Found", (*RUNS, _CONFLICT), body)


def _delete() -> dict[str, Any]:
    fails = (400, 404, 500, 503)
    return _operation("deleteCollection", "Delete a collection", "CollectionDeleted", fails)


def _header(name: str, only: str) -> Schema:
    schema = {"const": only} if only else {"type": "string", "pattern": '^"[0-9a-f-]{1,80}"$'}
    return {"name": name, "in": "header", "required": False, "schema": schema}


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


_SENT = _object(
    {"text": {**_SAID, "maxLength": MAX_TEXT}},
    {
        "id": {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_ID},
        "metadata": {"type": ["object", "null"], "description": f"{MAX_METADATA} bytes at most"},
    },
)
_DOCUMENTS: Schema = {
    "type": "array",
    "items": {"anyOf": [{**_SAID, "maxLength": MAX_TEXT}, _SENT]},
    "maxItems": MAX_SENT,
}
_COSINE: Schema = {"type": ["number", "null"], "minimum": -1, "maximum": 1}
_USAGE = _object({"prompt_tokens": _COUNT, "total_tokens": _COUNT})
_RANKED = _object(
    {"index": _COUNT, "relevance_score": _COSINE}, {"document": _object({"text": _TEXT})}
)
_HIT = _object({"id": _TEXT, "score": _COSINE, "text": _TEXT, "metadata": {"type": "object"}})
_KEPT = _object({"id": _TEXT, "text": _TEXT, "metadata": {"type": "object"}})
_LISTED = _object({"name": _TEXT, "bytes": _COUNT, "version": _TEXT})
_LIST: Schema = {"id": _TEXT, "object": {"const": "list"}}

SCHEMAS: Schema = {
    "Ranked": _object(
        {**_LIST, "model": _TEXT, "results": {"type": "array", "items": _RANKED}, "usage": _USAGE}
    ),
    "Found": _object(
        {**_LIST, "collection": _TEXT, "results": {"type": "array", "items": _HIT}, "usage": _USAGE}
    ),
    "Collection": _object(
        {
            "name": _TEXT,
            "object": {"const": "collection"},
            "model": _TEXT,
            "documents": _COUNT,
            "passages": _COUNT,
            "dimensions": _COUNT,
            "precision": {"enum": list(PRECISIONS)},
            "bytes": _COUNT,
            "version": _TEXT,
        }
    ),
    "Collections": _object(
        {"object": {"const": "list"}, "data": {"type": "array", "items": _LISTED}}
    ),
    "Documents": _object(
        {
            "object": {"const": "list"},
            "data": {"type": "array", "items": _KEPT},
            "has_more": {"type": "boolean"},
        }
    ),
    "CollectionDeleted": _object({"name": _TEXT, "deleted": {"const": True}}),
}
"""What these routes answer."""

TAG: Schema = {
    "name": _TAG,
    "description": "Texts by what they mean: put in order for a query, and kept to be searched.",
}
