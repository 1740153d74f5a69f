"""JSON schemas of what every deployment answers beside its models: metadata, lists, counts."""

from collections.abc import Mapping
from typing import Any

from samovar.edges.metadata import EXTENSIONS
from samovar.types import DTYPES

Schema = dict[str, Any]


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
    "created": {"type": "integer"},
    "owned_by": _TEXT,
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
