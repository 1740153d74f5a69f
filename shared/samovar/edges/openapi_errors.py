"""The errors of the OpenAPI document: every status with the codes that it can carry."""

from collections.abc import Iterator
from typing import Any

from samovar.edges.messages import STATUS
from samovar.errors import (
    CommandFailed,
    DeadlineExceeded,
    OutOfMemory,
    Overloaded,
    SamovarError,
    SettingsInvalid,
)

_SAID = {
    400: "The request is wrong; the error names the tensor, the column or the parameter.",
    404: "No such model, version, job or route.",
    409: "A name that is taken, a job in no state for this, or a request with this key in flight.",
    413: "Over a limit on bytes, pixels, rows or elements.",
    415: "A Content-Type that the model does not take, or a Content-Encoding that is not read.",
    422: "The Idempotency-Key was used with another request.",
    424: "The model's folder is broken; its owner has to mend it.",
    500: "A fault of the server; the log has more under the request's id.",
    503: "Passing: send the request again after Retry-After seconds.",
    504: "No answer to this is kept, and the client asked for no other.",
}
_OF_A_CONTAINER = (Overloaded, OutOfMemory, DeadlineExceeded)
_NEVER_HERE = (SettingsInvalid, CommandFailed, *_OF_A_CONTAINER)

_ALSO_GATEWAYS = (413, 500, 503)
_GATEWAYS = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
    "description": "API Gateway's own: what it did not pass on, or got no answer to.",
}

RUNS = (400, 404, 413, 415, 424, 500, 503)
"""What infer and predict may answer beside 200."""
READS = (404, 424, 500, 503)
"""What the description of a model may answer beside 200."""
LISTS = (500, 503)
"""What needs no model's name."""


def error_responses() -> dict[str, Any]:
    """Components `Error400`…: each status with its codes."""
    return {f"Error{status}": _response(status) for status in _SAID}


def refer(statuses: tuple[int, ...]) -> dict[str, Any]:
    """The `responses` of an operation that may fail with these statuses."""
    return {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in statuses}


def refer_openai(statuses: tuple[int, ...]) -> dict[str, Any]:
    """The same where errors have OpenAI's shape; the house's `code` stands beside it."""
    text = {"type": "string"}
    names = ("message", "type", "code")
    told = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, text)}
    schema = {"type": "object", "required": ["error"], "properties": {"error": told, "code": text}}
    return {str(status): _told(status, schema) for status in statuses}


def too_long() -> dict[str, Any]:
    """431, the gateway's own answer to a URL and headers that it does not pass on."""
    return {"431": {"description": "API Gateway's: the URL and headers have more than 10 KB."}}


def _response(status: int) -> dict[str, Any]:
    codes = sorted({error.code for error in _tree(SamovarError) if _status(error) == status})
    schema = {
        "type": "object",
        "required": ["error", "code"],
        "properties": {
            "error": {"type": "string", "description": "What to do about it."},
            "code": {"enum": codes, "description": "Stable; a program may decide by it."},
        },
    }
    return _told(status, schema)


def _told(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    said = {"anyOf": [schema, _GATEWAYS]} if status in _ALSO_GATEWAYS else schema
    content = {"application/json": {"schema": said}}
    return {"description": _SAID[status], "headers": HEADERS, "content": content}


HEADERS = {
    "x-request-id": {
        "description": "The client's own where it sent one; it is in the log.",
        "schema": {"type": "string"},
    }
}


def _tree(error: type[SamovarError]) -> Iterator[type[SamovarError]]:
    if error not in _NEVER_HERE:
        yield error
        for child in error.__subclasses__():
            yield from _tree(child)


def _status(error: type[SamovarError]) -> int:
    return next(STATUS[cls] for cls in error.__mro__ if cls in STATUS)
