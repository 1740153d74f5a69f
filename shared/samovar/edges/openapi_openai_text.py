"""OpenAI's texts and embeddings in the OpenAPI document."""

from collections.abc import Sequence
from typing import Any

from samovar.edges.openapi_errors import HEADERS, RUNS
from samovar.edges.openapi_generate import messages_schema, parameter_schemas
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
    chat = {"messages": messages_schema(), "logprobs": {"type": ["boolean", "null"]}}
    encoding = {"type": "string", "enum": ["float", "base64"]}
    return {
        "/v1/chat/completions": _post("chat", "Chat", "Completion", chat),
        "/v1/completions": _post("complete", "Go on from a text", "Completion", {"prompt": texts}),
        "/v1/embeddings": _operation(
            "embed", "Embed texts", "Embeddings", {"input": texts}, {"encoding_format": encoding}
        ),
    }


def _post(name: str, summary: str, answer: str, own: Schema) -> dict[str, Any]:
    more = {"stream": {"type": ["boolean", "null"]}, "stream_options": {"type": ["object", "null"]}}
    needed = {key: own[key] for key in list(own)[:1]}
    optional = parameter_schemas() | more | {key: own[key] for key in list(own)[1:]}
    optional["max_completion_tokens"] = optional["max_tokens"]
    found = _operation(name, summary, answer, needed, optional)
    events = {"schema": {"description": "with `stream`: server-sent events", "type": "string"}}
    found["post"]["responses"]["200"]["content"]["text/event-stream"] = events
    return found


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
_USAGE = _object(dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), _COUNT))
_CHOICE = _object(
    {
        "index": _COUNT,
        "finish_reason": {"enum": ["stop", "length"]},
        "message": _object({"role": {"const": "assistant"}, "content": _TEXT}),
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
        }
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
