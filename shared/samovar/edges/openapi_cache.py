"""Kept answers in the OpenAPI document: how to ask for them, and what is told of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.openapi_errors import HEADERS, refer
from samovar.service import Description

_TEXT = {"type": "string"}
_PARAMETERS = [
    {
        "name": "Cache-Control",
        "in": "header",
        "description": (
            "`no-store`: neither take a kept answer nor keep this one. `no-cache`: work it out "
            "anew, and keep it. `max-age=N`: take one that is no older. `only-if-cached`: run "
            "nothing, and be answered 504 where none is kept."
        ),
        "schema": {**_TEXT, "examples": ["no-cache", "max-age=60"]},
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of an answer that the client has: it is answered 304.",
        "schema": _TEXT,
    },
]
_TOLD = HEADERS | {
    CACHE_STATE: {
        "description": (
            "Where the answer comes from: `hit` (this process), `hit-2` (what all processes "
            "share), `miss` (it was worked out, and is kept), `bypass`."
        ),
        "schema": {"enum": ["hit", "hit-2", "miss", "bypass"]},
    },
    "etag": {"description": "The answer's, whatever its id", "schema": _TEXT},
    "age": {"description": "Seconds that it has been kept", "schema": _TEXT},
}


def tell_of_kept(paths: Mapping[str, Any], models: Sequence[Description]) -> None:
    """Adds to the operations of models whose answers are kept how to ask for them."""
    for name in [found.spec.name for found in models if found.spec.cache.ttl_s]:
        for path in (f"/v1/models/{name}/predict", f"/v2/models/{name}/infer"):
            if path in paths:
                paths[path]["post"] = _kept(paths[path]["post"])


def _kept(operation: Mapping[str, Any]) -> dict[str, Any]:
    responses = operation["responses"]
    whole = {**responses["200"], "headers": responses["200"].get("headers", {}) | _TOLD}
    same = {"description": "The client has this answer already.", "headers": _TOLD}
    told = {"200": whole, "304": same} | refer((504,))
    parameters = [*operation.get("parameters", []), *_PARAMETERS]
    return {**operation, "parameters": parameters, "responses": responses | told}
