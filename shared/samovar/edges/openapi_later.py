"""What may be answered later, in the OpenAPI document: how it is asked for, how it is said."""

from typing import Any

from samovar.edges.openapi_errors import HEADERS, refer
from samovar.edges.openapi_protocol import answered
from samovar.edges.prefer import MAX_WAIT_S

_TEXT = {"type": "string"}
KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request gets the same answer, and the same job.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": 255},
}
"""A parameter of every POST that does something."""
PREFER: dict[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "description": (
        "`respond-async`: become a job, and be answered 202 with where it is. `wait=N`: what "
        f"becomes a job is waited for, N seconds and {MAX_WAIT_S} at most, and answered 303 to "
        "its result if it is over by then."
    ),
    "schema": {**_TEXT, "examples": ["respond-async", "respond-async, wait=10"]},
}
"""A parameter of what may become a job."""


def asynchronous(operation: dict[str, Any]) -> dict[str, Any]:
    """A predict or an infer that may also be answered with a job."""
    responses = operation["responses"] | accepted() | there() | refer((409, 422))
    return {**operation, "parameters": [PREFER, KEY], "responses": responses}


def keyed(operation: dict[str, Any]) -> dict[str, Any]:
    """A request that may carry a key."""
    responses = operation["responses"] | refer((400, 409, 422))
    return {**operation, "parameters": [KEY], "responses": responses}


def accepted() -> dict[str, Any]:
    """202."""
    return _located("202", "The job is kept; look at `Location` for what becomes of it.")


def there() -> dict[str, Any]:
    """303, to a client that was ready to wait."""
    return _located("303", "The job is over in time; its result is at `Location`.")


def elsewhere() -> dict[str, Any]:
    """307, for a result that is too large to be sent."""
    said = "The result is too large to be sent from here; `Location` has it for an hour."
    headers = HEADERS | {"location": {"description": "Where it is", "schema": _TEXT}}
    links = {"type": "object", "required": ["result"], "properties": {"result": _TEXT}}
    schema = {"type": "object", "required": ["links"], "properties": {"links": links}}
    content = {"application/json": {"schema": schema}}
    return {"307": {"description": said, "headers": headers, "content": content}}


def _located(status: str, said: str) -> dict[str, Any]:
    location = {"description": "A path of this API", "schema": _TEXT}
    found = answered("Accepted", said)["200"]
    return {status: {**found, "headers": HEADERS | {"location": location}}}
