"""Errors in OpenAI's shape, where its clients ask: those of a door that no route has seen, too.

Source: OpenAI API reference, "Errors": `{"error": {"message", "type", "param", "code"}}`.
"""

from typing import Any

import orjson

from samovar.edges.messages import Response, status_of
from samovar.errors import SamovarError
from samovar.frozen import replace

_PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/embeddings")  # after a stage, if any
_ACTIONS = frozenset({"chat", "complete", "embed"})


def error_document(error: SamovarError) -> dict[str, Any]:
    """An error in OpenAI's shape; its `code` is ours."""
    message = error.message.encode("utf-8", "replace").decode()
    return _document(message, error.code, status_of(error))


def as_openai(response: Response, asked: str) -> Response:
    """The house's refusal as OpenAI's clients read it, if they asked: `asked` is the path of the
    request, or the action that it came to.
    """
    if asked not in _ACTIONS and not asked.rstrip("/").endswith(_PATHS):
        return response
    said = orjson.loads(response.body)
    document = _document(said["error"], said["code"], response.status)
    return replace(response, body=orjson.dumps(document))


def _document(message: str, code: str, status: int) -> dict[str, Any]:
    kind = "rate_limit_error" if status == 429 else "invalid_request_error"
    kind = "server_error" if status >= 500 else kind
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
