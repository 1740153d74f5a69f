"""JSON schemas of what a model that generates text takes and answers."""

from typing import Any

from samovar.generation.messages import MOST_MESSAGES, ROLES
from samovar.generation.sampling import MOST_STOP_CHARACTERS, MOST_STOPS, RANGES, WHOLE

Schema = dict[str, Any]


def prompt_schema(most_rows: int) -> Schema:
    """A prompt in one of its three forms, or several under `rows`."""
    forms = [
        _form("messages", messages_schema()),
        *(_form(name, _text()) for name in ("prompt", "text")),
    ]
    rows = {"type": "array", "maxItems": most_rows, "items": {"anyOf": forms}}
    several = {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": rows},
        "additionalProperties": False,
    }
    return {"anyOf": [*forms, several]}


def answer_fields() -> dict[str, Schema]:
    """The fields of one answer."""
    counts = ("prompt_tokens", "completion_tokens", "total_tokens")
    count = {"type": "integer", "minimum": 0}
    usage = {"type": "object", "required": [*counts], "properties": dict.fromkeys(counts, count)}
    chance = {"token": {"type": "string"}, "logprob": {"type": "number"}}
    likely = {"type": "object", "properties": chance}
    top = {"type": "array", "items": likely}
    return {
        "text": {"type": "string"},
        "finish_reason": {"type": "string", "enum": ["stop", "length"]},
        "usage": usage,
        "logprobs": {
            "type": "array",
            "description": "where the request has `logprobs`",
            "items": {"type": "object", "properties": chance | {"top": top}},
        },
    }


def _form(name: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: schema, **parameter_schemas()},
        "additionalProperties": False,
    }


def parameter_schemas() -> dict[str, Schema]:
    """What may stand beside a prompt, by name."""
    found: dict[str, Schema] = {}
    for name, (low, high) in RANGES.items():
        kind = "integer" if name in WHOLE else "number"
        found[name] = {"type": [kind, "null"], "minimum": low, "maximum": high}
    stop = {"type": "string", "minLength": 1, "maxLength": MOST_STOP_CHARACTERS}
    stops = {"type": "array", "items": stop, "maxItems": MOST_STOPS}
    found["stop"] = {"anyOf": [stop, stops, {"type": "null"}]}
    return found


def messages_schema() -> Schema:
    """A conversation."""
    part = {
        "type": "object",
        "required": ["type", "text"],
        "properties": {"type": {"const": "text"}, "text": _text()},
    }
    content = {"anyOf": [_text(), {"type": "array", "items": part}, {"type": "null"}]}
    message = {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"type": "string", "enum": [*ROLES]}, "content": content},
    }
    return {"type": "array", "minItems": 1, "maxItems": MOST_MESSAGES, "items": message}


def _text() -> Schema:
    return {"type": "string"}
