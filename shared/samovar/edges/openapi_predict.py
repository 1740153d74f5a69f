"""JSON schemas of what predict takes, read from a model's manifest."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from samovar.edges.catalogue import example_path
from samovar.edges.openapi_examples import golden_text
from samovar.edges.openapi_generate import prompt_schema
from samovar.edges.openapi_rows import row_forms
from samovar.service import Description
from samovar.types import Example, Kind

Schema = dict[str, Any]
_MOST_EXAMPLE_BYTES = 4096  # of a file that a JSON example holds in base64

_KEYS: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.IMAGE: "image",
    Kind.AUDIO: "audio",
    Kind.BYTES: "bytes",
    Kind.PROMPT: "messages",
    Kind.ROWS: "row",
    Kind.TENSORS: "row",
}
_RAW: Mapping[Kind, Mapping[str, Schema]] = {
    Kind.TEXT: {"text/plain": {"type": "string"}, "text/csv": {"description": "a column text"}},
    Kind.IMAGE: {"image/*": {"description": "PNG, JPEG, WebP, GIF, BMP or TIFF"}},
    Kind.AUDIO: {"audio/wav": {"description": "a WAV file"}},
    Kind.PROMPT: {"text/plain": {"type": "string", "description": "what a user says"}},
    Kind.BYTES: {"application/octet-stream": {"description": "any file, as it is"}},
    Kind.ROWS: {"text/csv": {"description": "a header line, then a line a row"}},
    Kind.TENSORS: {"application/x-npy": {"description": "one array, for a model of one input"}},
}


def predict_body(found: Description) -> dict[str, Any]:
    """The request body of predict. No body is an empty text, or an empty file."""
    required = found.spec.input.kind not in (Kind.TEXT, Kind.BYTES)
    return {"required": required, "content": predict_content(found)}


def predict_content(found: Description) -> dict[str, Any]:
    """The media types of a predict request, with golden examples under their own."""
    media = {"application/json": _schema(found), **_RAW[found.spec.input.kind]}
    content: dict[str, Any] = {name: {"schema": schema} for name, schema in media.items()}
    for index, example in enumerate(found.spec.examples):
        media_type = _documented(example, content)
        shown = _shown(found, example, index)
        content[media_type].setdefault("examples", {})[example.name] = shown
    if "examples" not in content["application/json"]:
        content["application/json"] |= _json_example(found)
    return content


def _documented(example: Example, content: Mapping[str, Any]) -> str:
    """The media type under which an example stands."""
    said = example.payload.content_type.partition(";")[0].strip().lower()
    family = f"{said.partition('/')[0]}/*"
    return next((name for name in (said, family) if name in content), list(content)[-1])


def _shown(found: Description, example: Example, index: int) -> dict[str, Any]:
    payload = example.payload
    if payload.content_type.startswith("application/json"):
        return {"value": orjson.loads(payload.body)}
    if payload.content_type.startswith("text/"):
        return {"value": payload.body.decode("utf-8", "replace")}
    return {
        "externalValue": example_path(found.spec.name, index),
        "x-content-type": payload.content_type,
    }


def _json_example(found: Description) -> dict[str, Any]:
    """A golden example that came as plain text or as a small file, said in JSON."""
    key, text = _KEYS[found.spec.input.kind], golden_text(found.spec.examples)
    if key == "text" and text is not None:
        return {"example": {"text": text}}
    bodies = [example.payload.body for example in found.spec.examples]
    small = [body for body in bodies if 0 < len(body) <= _MOST_EXAMPLE_BYTES]
    if key not in ("image", "audio", "bytes") or not small:
        return {}
    return {"example": {key: base64.b64encode(small[0]).decode()}}


def _schema(found: Description) -> Schema:
    if found.spec.input.kind is Kind.PROMPT:
        return prompt_schema(found.spec.limits.max_rows)
    return _json_schema(found)


def _json_schema(found: Description) -> Schema:
    """One item under the model's own key, several there, or several under `rows`.

    A row may be a list of values, so several under the key `row` are objects.
    """
    key, forms = _KEYS[found.spec.input.kind], _item_forms(found)
    item = {"anyOf": forms} if len(forms) > 1 else forms[0]
    most = f"{found.spec.limits.max_rows} at most"
    several = {"type": "array", "description": most, "items": forms[0]}
    rows = {**several, "items": item if key == "row" else _object({key: item})}
    return {"anyOf": [_object({key: item}), _object({key: several}), _object({"rows": rows})]}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _item_forms(found: Description) -> list[Schema]:
    kind = found.spec.input.kind
    if kind in (Kind.ROWS, Kind.TENSORS):
        return row_forms(found)
    if kind is Kind.TEXT:
        return [{"type": "string"}]
    return [{"type": "string", "contentEncoding": "base64", "description": f"{kind} in base64"}]
