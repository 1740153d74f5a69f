"""Fields of a parsed infer request, each with the type that the protocol gives it."""

from collections.abc import Mapping
from typing import Any

from samovar.errors import MalformedBody


def entries(request: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects listed under `key`; none where the key is absent."""
    if key not in request:
        return []
    found = request[key]
    if not isinstance(found, list) or not set(map(type, found)) <= _OBJECT:
        raise MalformedBody(f"{key} must be a list of objects")
    return found


_OBJECT = frozenset({dict})


def text(entry: Mapping[str, Any], key: str) -> str:
    """The string under `key`; empty where it is absent."""
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise MalformedBody(f"{key} must be a string, not {value!r:.60}")
    return value


def parameters(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object under `parameters`; empty where it is absent."""
    if "parameters" not in entry:
        return {}
    found = entry["parameters"]
    if not isinstance(found, dict):
        raise MalformedBody("parameters must be an object")
    return found


def flag(parameters: Mapping[str, Any], key: str, *, default: bool) -> bool:
    """The boolean parameter `key`."""
    value = parameters.get(key, default)
    if not isinstance(value, bool):
        raise MalformedBody(f"parameter {key} must be true or false, not {value!r:.60}")
    return value
