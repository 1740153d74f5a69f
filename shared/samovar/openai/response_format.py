"""`response_format`: the form that an answer is to have, as predict takes it.

Source: OpenAI API reference, "Chat Completions", and its guide "Structured model outputs".
"""

from collections.abc import Callable, Mapping
from typing import Any

from samovar.errors import InvalidInput, MissingTensor, WrongDatatype

_FIELDS = frozenset({"name", "description", "schema", "strict"})


def form_of(said: Any) -> dict[str, Any]:
    """`{"schema": …}`, or nothing where any text will do. Raises InvalidInput."""
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise WrongDatatype("'response_format' must be an object with a 'type'")
    kind = said.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidInput(f"'response_format' must have a 'type' of {', '.join(_KINDS)}")
    return _KINDS[kind](said)


def _schema(said: Mapping[str, Any]) -> dict[str, Any]:
    """Strict or not, the answer is held to the schema."""
    held = said.get("json_schema")
    if not isinstance(held, dict):
        raise MissingTensor("'response_format' of type json_schema lacks 'json_schema', an object")
    if unknown := held.keys() - _FIELDS:
        raise InvalidInput(f"'json_schema' has an unknown field '{min(unknown)[:60]}'")
    if "schema" not in held:
        raise MissingTensor("'json_schema' lacks 'schema'")
    return {"schema": held["schema"]}


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "text": lambda _: {},
    "json_object": lambda _: {"schema": {"type": "object"}},
    "json_schema": _schema,
}
