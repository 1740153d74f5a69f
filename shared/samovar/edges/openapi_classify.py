"""Classify and classifiers in the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from samovar.classification.label_sets import LONGEST_NAME, MOST_EXAMPLES, MOST_LABELS
from samovar.classification.saving import NAME_PATTERN
from samovar.edges.openapi_errors import HEADERS, LISTS, READS, RUNS, refer
from samovar.embedding import TASK
from samovar.service import Description

Schema = dict[str, Any]
TAG = {
    "name": "Classification",
    "description": (
        "Texts told apart by labels that come with the request: their names, what they mean, and "
        "some examples. A label set may be saved: it is a model then."
    ),
}
_TEXT: Schema = {"type": "string"}
_SAID: Schema = {"type": ["string", "null"]}
_FULL: Schema = {"type": "string", "pattern": r"\S"}
_SHARE: Schema = {"type": ["number", "null"], "exclusiveMinimum": 0, "exclusiveMaximum": 1}


def classify_paths(models: Sequence[Description]) -> dict[str, Any]:
    """The paths where there is a model that embeds texts; else none."""
    encoders = [model.spec.name for model in models if model.spec.task == TASK]
    if not encoders:
        return {}
    asked = {"input": _texts(), "top_k": {"type": ["integer", "null"], "minimum": 1}}
    ask = _body({**_set(encoders), **asked}, "input")
    titles = {"title": {**_SAID, "maxLength": 200}, "description": _SAID}
    kept = {**_set(encoders), **titles}
    named = _body({"name": _name(), **kept}, "name")
    return {
        "/v1/classify": {"post": _operation("classify", "Tell texts apart", "Classified", ask)},
        "/v1/classifiers": {
            "get": _operation("classifiers", "List the classifiers", "Classifiers"),
            "post": _operation("save", "Save labels as a model", "Classifier", named, 201),
        },
        "/v1/classifiers/{model}": {
            "parameters": [{"name": "model", "in": "path", "required": True, "schema": _name()}],
            "get": _operation("classifier", "One classifier", "Classifier"),
            "put": _operation("change", "Save another version", "Classifier", _body(kept)),
            "delete": _operation("forget", "Delete every version", "Deleted"),
        },
    }


def _operation(
    name: str, summary: str, answer: str, body: Schema | None = None, status: int = 200
) -> Schema:
    said = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    saves = (409,) if name in {"save", "change"} else ()
    fails = sorted({*(RUNS if body else READS), *LISTS, *saves})
    found: Schema = {
        "operationId": name,
        "tags": [TAG["name"]],
        "summary": summary,
        "responses": {
            str(status): {"description": summary, "headers": HEADERS, "content": said},
            **refer(tuple(fails)),
        },
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": body}}
    return found


def _set(encoders: Sequence[str]) -> Mapping[str, Schema]:
    """What a request says of its labels, and over which model."""
    name: Schema = {**_FULL, "maxLength": LONGEST_NAME}
    label = _object({"name": name}, description=_SAID, examples=_or_null(_list(_FULL)))
    labels = {**_list({"anyOf": [name, label]}), "minItems": 1, "maxItems": MOST_LABELS}
    example = _object({"text": _FULL, "label": name})
    unknown = {"anyOf": [{"type": ["boolean", "null"]}, _SHARE]}
    return {
        "model": {"enum": [*encoders, None]},
        "labels": _or_null(labels),
        "examples": _or_null({**_list(example), "maxItems": MOST_EXAMPLES}),
        "unknown": {**unknown, "description": "the share of known texts that may be turned away"},
    }


def _body(properties: Mapping[str, Schema], *required: str) -> Schema:
    """A body, with an example that is answered by any model."""
    shown: dict[str, Any] = {
        "labels": ["High", "Low"],
        "examples": [{"text": "the server is down", "label": "High"}],
    }
    shown |= {"input": "customers cannot pay"} if "input" in required else {}
    shown |= {"name": "priority"} if "name" in required else {}
    schema = {
        "type": "object",
        "required": list(required),
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {"schema": schema, "example": shown}


def _or_null(listed: Schema) -> Schema:
    """What says nothing is as good as what is not there."""
    return {**listed, "type": [listed["type"], "null"]}


def _texts() -> Schema:
    return {"anyOf": [_TEXT, {**_list(_TEXT), "minItems": 1, "maxItems": MOST_EXAMPLES}]}


def _name() -> Schema:
    return {"type": "string", "pattern": f"^{NAME_PATTERN}$"}


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_PAIR = _object({"label": _TEXT, "score": {"type": "number", "minimum": 0, "maximum": 1}})
_ANSWER: Mapping[str, Schema] = {
    "label": {"type": ["string", "null"]},
    "score": {"type": ["number", "null"]},
    "probabilities": {**_list(_PAIR), "description": "best first"},
}
_KNOWN: Schema = {
    "type": "number",
    "minimum": 0,
    "maximum": 1,
    "description": "the share of texts of these labels that lie as far off, or farther",
}
ANSWER = {**_ANSWER, "known": _KNOWN}
_LEFT_OUT = _object(
    {
        "rows": {"type": "integer", "minimum": 0},
        "accuracy": {"type": ["number", "null"]},
        "log_loss": {"type": ["number", "null"]},
    }
)
_HEAD = {"id": _TEXT, "model": _TEXT, "version": _TEXT, "left_out": _LEFT_OUT}
_LINKS = {"type": "object", "additionalProperties": _TEXT}
_LABEL = _object({"name": _TEXT, "description": _TEXT, "examples": {"type": "integer"}})
SCHEMAS: Mapping[str, Schema] = {
    "Classified": {
        "anyOf": [
            _object({**_HEAD, **_ANSWER}, known=_KNOWN),
            _object({**_HEAD, "predictions": _list(_object(_ANSWER, known=_KNOWN))}),
        ]
    },
    "Classifier": _object(
        {
            "id": _TEXT,
            "object": {"const": "classifier"},
            "version": _TEXT,
            "versions": _list(_TEXT),
            "encoder": _object({"model": _TEXT, "version": _TEXT}),
            "labels": _list(_LABEL),
            "unknown": _SHARE,
            "left_out": _LEFT_OUT,
            "links": _LINKS,
        }
    ),
    "Classifiers": _object(
        {"object": {"const": "list"}, "data": _list(_object({"id": _TEXT, "links": _LINKS}))}
    ),
    "Deleted": _object({"id": _TEXT, "deleted": {"const": True}}),
}
