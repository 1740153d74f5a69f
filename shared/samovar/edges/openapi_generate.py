"""JSON schemas of what a model that generates text takes and answers."""

from typing import Any

from samovar.generation.messages import MOST_MESSAGES, ROLES
from samovar.generation.parameters import (
    MOST_BIASES,
    MOST_STOP_CHARACTERS,
    MOST_STOPS,
    RANGES,
    WHOLE,
)
from samovar.generation.tools import MOST_TOOLS
from samovar.generation.wishes import MOST_CHOICES, MOST_PATTERN

Schema = dict[str, Any]
REASONS = ("stop", "length", "tool_calls")
"""Why a text ends."""


def prompt_schema(most_rows: int) -> Schema:
    """A prompt in one of its four forms, or several under `rows`."""
    forms = [
        _form("messages", messages_schema()),
        *(_form(name, _text()) for name in ("prompt", "text")),
        _form("tokens", tokens_schema()),
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
    chance = {
        "token": {"type": "string"},
        "logprob": {"type": "number"},
        "bytes": {"type": "array", "items": {"type": "integer"}},
    }
    likely = {"type": "object", "properties": chance}
    top = {"type": "array", "items": likely}
    return {
        "text": {"type": "string"},
        "finish_reason": {"type": "string", "enum": [*REASONS]},
        "usage": usage,
        "tool_calls": {"type": "array", "items": _called(), "description": "where it calls tools"},
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
        "properties": {name: schema, **parameter_schemas(), **form_schemas(), **tool_schemas()},
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
    bias = {"type": "number", "minimum": -100, "maximum": 100}
    found["logit_bias"] = {
        "type": ["object", "null"],
        "maxProperties": MOST_BIASES,
        "propertyNames": {"pattern": "^[0-9]{1,9}$"},
        "additionalProperties": bias,
    }
    return found


def form_schemas() -> dict[str, Schema]:
    """What says which form an answer has, and what its usage tells: predict's own names."""
    choices = {"type": "array", "minItems": 1, "maxItems": MOST_CHOICES, "items": _text()}
    return {
        "schema": {"type": ["object", "null"], "description": "a JSON schema"},
        "regex": {"type": ["string", "null"], "minLength": 1, "maxLength": MOST_PATTERN},
        "choices": {"anyOf": [choices, {"type": "null"}]},
        "cached_tokens": {"type": ["boolean", "null"]},
    }


def tool_schemas() -> dict[str, Schema]:
    """Tools, and which of them is to be called."""
    function = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"},
            "description": _text(),
            "parameters": {"type": "object"},
            "strict": {"type": ["boolean", "null"]},
        },
        "additionalProperties": False,
    }
    tool = _function(function)
    named = _function({"type": "object", "required": ["name"], "properties": {"name": _text()}})
    return {
        "tools": {"type": ["array", "null"], "maxItems": MOST_TOOLS, "items": tool},
        "tool_choice": {"anyOf": [{"enum": ["none", "auto", "required", None]}, named]},
        "parallel_tool_calls": {"type": ["boolean", "null"]},
    }


def _function(function: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["type", "function"],
        "properties": {"type": {"const": "function"}, "function": function},
    }


def _called() -> Schema:
    """A call of a tool, as predict tells it; its arguments are JSON, cut where tokens ran out."""
    names = ("name", "arguments")
    return {"type": "object", "required": [*names], "properties": dict.fromkeys(names, _text())}


def tokens_schema() -> Schema:
    """A prompt as the model's own tokens."""
    return {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0}}


def messages_schema() -> Schema:
    """A conversation."""
    part = {
        "type": "object",
        "required": ["type", "text"],
        "properties": {"type": {"const": "text"}, "text": _text()},
    }
    content = {"anyOf": [_text(), {"type": "array", "items": part}, {"type": "null"}]}
    names = ("name", "arguments")
    written = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, _text())}
    call = _function(written)
    call["required"], call["properties"] = ["id", "function"], call["properties"] | {"id": _text()}
    message = {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": {"type": "string", "enum": [*ROLES]},
            "content": content,
            "name": {"type": ["string", "null"]},
            "tool_calls": {"type": ["array", "null"], "items": call},
            "tool_call_id": {"type": ["string", "null"]},
        },
        "additionalProperties": False,
    }
    return {"type": "array", "minItems": 1, "maxItems": MOST_MESSAGES, "items": message}


def _text() -> Schema:
    return {"type": "string"}
