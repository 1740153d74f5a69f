"""OpenAI's texts and embeddings in the OpenAPI document."""

from collections.abc import Sequence
from typing import Any

from samovar.edges.openapi_errors import HEADERS, RUNS
from samovar.edges.openapi_generate import (
    REASONS,
    messages_schema,
    parameter_schemas,
    tokens_schema,
    tool_schemas,
)
from samovar.generation.parameters import MOST_LOGPROBS
from samovar.openai.asks import MOST_CHOICES
from samovar.service import Description

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}


def openai_text_paths(models: Sequence[Description]) -> dict[str, Any]:
    """The paths of chat completions, completions and embeddings that a model answers at."""
    found = _paths()
    if not any(model.spec.program.name == "generate" for model in models):
        del found["/v1/chat/completions"], found["/v1/completions"]
    if not any(model.spec.task == "text-embedding" for model in models):
        del found["/v1/embeddings"]
    return found


def _paths() -> dict[str, Any]:
    texts = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
    tokens = tokens_schema()
    prompt = {"anyOf": [*texts["anyOf"], tokens, {"type": "array", "items": tokens, "minItems": 1}]}
    chat = {
        "messages": messages_schema(),
        "logprobs": {"type": ["boolean", "null"]},
        "top_logprobs": {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_LOGPROBS},
        "response_format": _response_format(),
        **tool_schemas(),
    }
    return {
        "/v1/chat/completions": _post("chat", "Chat", "Completion", chat),
        "/v1/completions": _post("complete", "Go on from a text", "Completion", {"prompt": prompt}),
        "/v1/embeddings": _operation(
            "embed", "Embed texts", "Embeddings", {"input": texts}, _of_embeddings()
        ),
    }


def _of_embeddings() -> Schema:
    return {
        "encoding_format": {"type": ["string", "null"], "enum": ["float", "base64", None]},
        "dimensions": {"type": ["integer", "null"], "minimum": 1},
        "user": {},
    }


def _post(name: str, summary: str, answer: str, own: Schema) -> dict[str, Any]:
    more = {
        "n": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_CHOICES},
        "stream": {"type": ["boolean", "null"]},
        "stream_options": {"type": ["object", "null"]},
    }
    needed = {key: own[key] for key in list(own)[:1]}
    optional = parameter_schemas() | more | {key: own[key] for key in list(own)[1:]}
    optional["max_completion_tokens"] = optional["max_tokens"]
    found = _operation(name, summary, answer, needed, optional)
    events = {"schema": {"description": "with `stream`: server-sent events", "type": "string"}}
    found["post"]["responses"]["200"]["content"]["text/event-stream"] = events
    return found


def _response_format() -> Schema:
    """Any text, any JSON, or JSON of a schema."""
    held = {"name": _TEXT, "description": _TEXT, "schema": {"type": "object"}, "strict": {}}
    schema = {"type": "object", "required": ["schema"], "properties": held}
    plain = {"properties": {"type": {"enum": ["text", "json_object"]}}}
    formed = {"properties": {"type": {"const": "json_schema"}, "json_schema": schema}}
    kinds = [
        {"type": "object", "required": [*kind["properties"]], **kind} for kind in (plain, formed)
    ]
    return {"anyOf": [*kinds, {"type": "null"}]}


def _operation(
    name: str, summary: str, answer: str, needed: Schema, optional: Schema
) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["model", *needed],
        "properties": {"model": _TEXT, **needed, **optional},
    }
    said = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    answered = {"description": summary, "headers": HEADERS, "content": said}
    post = {
        "operationId": name,
        "tags": ["OpenAI"],
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": answered, **{str(status): _ERROR for status in RUNS}},
    }
    return {"post": post}


def _object(properties: Schema, *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


_ERROR: Schema = {
    "description": "What to do about it.",
    "headers": HEADERS,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OpenAIError"}}},
}
_USAGE = _object(
    {
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _COUNT),
        "prompt_tokens_details": _object({"cached_tokens": _COUNT}),
    },
    "prompt_tokens_details",
)
_CALLED = _object(
    {
        "id": _TEXT,
        "type": {"const": "function"},
        "function": _object({"name": _TEXT, "arguments": _TEXT}),
    }
)
_MESSAGE = _object(
    {
        "role": {"const": "assistant"},
        "content": {"type": ["string", "null"]},
        "refusal": {"type": ["string", "null"]},
        "tool_calls": {"type": "array", "items": _CALLED},
    },
    "tool_calls",
)
_CHOICE = _object(
    {
        "index": _COUNT,
        "finish_reason": {"enum": [*REASONS]},
        "message": _MESSAGE,
        "text": _TEXT,
        "logprobs": {"type": ["object", "null"]},
    },
    "message",
    "text",
)
_VECTOR = {"anyOf": [_NUMBERS, {"type": "string", "contentEncoding": "base64"}]}
_EMBEDDING = _object({"object": {"const": "embedding"}, "index": _COUNT, "embedding": _VECTOR})
SCHEMAS: Schema = {
    "Completion": _object(
        {
            "id": _TEXT,
            "object": {"enum": ["chat.completion", "text_completion"]},
            "created": _COUNT,
            "model": _TEXT,
            "choices": {"type": "array", "items": _CHOICE},
            "usage": _USAGE,
        }
    ),
    "Embeddings": _object(
        {
            "object": {"const": "list"},
            "model": _TEXT,
            "data": {"type": "array", "items": _EMBEDDING},
            "usage": _object({"prompt_tokens": _COUNT, "total_tokens": _COUNT}),
        },
        "usage",
    ),
    "OpenAIError": _object(
        {
            "error": {
                "anyOf": [
                    _object({"message": _TEXT, "type": _TEXT, "code": _TEXT}),
                    # What the door refuses before it looks at a body has the house's own shape.
                    _TEXT,
                ]
            }
        }
    ),
}
"""What these routes answer."""
