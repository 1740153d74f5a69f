"""Whether a text is JSON of a schema: the part of JSON Schema (2020-12) that says what values are.

Patterns, references and formats are left out: they are refused where a manifest is read.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

Schema = Mapping[str, Any]
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
}
_NOTES = frozenset({"title", "description", "$schema", "$id", "default", "examples", "$comment"})
_MOST_DEPTH = 40


def fits(text: str, schema: Schema) -> bool:
    """Whether a text, all of it, is JSON that a schema describes."""
    try:
        return _is(orjson.loads(text), schema)
    except ValueError:
        return False


def faults(schema: Any, where: str = "schema", depth: int = 0) -> list[str]:
    """What of a schema is not understood here; [] where all is."""
    if isinstance(schema, bool):
        return []
    if not isinstance(schema, Mapping) or depth > _MOST_DEPTH:
        return [f"{where} must be a table, no deeper than {_MOST_DEPTH}"]
    found = [f"{where} has {key!r}" for key in schema if key not in _CHECKS and key not in _NOTES]
    found += [
        f"{where}.{key} is no {_SHAPES[key].__name__}" for key in schema if not _shaped(schema, key)
    ]
    if found:
        return found
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        found += [] if name in _TYPES else [f"{where} has the type {name!r}"]
    for at, inner in _inner(schema):
        found += faults(inner, f"{where}.{at}", depth + 1)
    return found


_SHAPES: Mapping[str, type] = {
    **dict.fromkeys(("properties",), dict),
    **dict.fromkeys(("enum", "required", "anyOf", "oneOf", "allOf"), list),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength"), int),
    **dict.fromkeys(("minimum", "maximum"), float),
}


def _shaped(schema: Schema, key: str) -> bool:
    value, shape = schema[key], _SHAPES.get(key)
    return shape is None or isinstance(value, shape) or (shape is float and _is_number(value))


def _inner(schema: Schema) -> list[tuple[str, Any]]:
    found = [
        (key, schema[key]) for key in ("items", "additionalProperties", "not") if key in schema
    ]
    for key in ("anyOf", "oneOf", "allOf"):
        found += [(f"{key}[{at}]", one) for at, one in enumerate(schema.get(key, ()))]
    return found + list(schema.get("properties", {}).items())


def _is(value: Any, schema: Any) -> bool:
    if isinstance(schema, bool):
        return schema
    return all(_CHECKS[key](value, schema) for key in schema if key in _CHECKS)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(value: Any, schema: Schema) -> bool:
    types = schema["type"]
    return any(_TYPES[name](value) for name in ([types] if isinstance(types, str) else types))


def _same(one: Any, other: Any) -> bool:
    """JSON's equality: 1 and 1.0 are one number, and true is none."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _properties(value: Any, schema: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    return all(_is(one, known.get(name, rest)) for name, one in value.items())


def _within(
    key: str, of: type, size: Callable[[Any], Any], holds: Callable[[Any, Any], bool]
) -> Any:
    """A check that a value of a type, or its size, is on the right side of a bound."""

    def check(value: Any, schema: Schema) -> bool:
        is_one = _is_number(value) if of is float else isinstance(value, of)
        return not is_one or holds(size(value), schema[key])

    return check


def _at_least(one: Any, bound: Any) -> bool:
    return bool(one >= bound)


def _at_most(one: Any, bound: Any) -> bool:
    return bool(one <= bound)


_CHECKS: Mapping[str, Callable[[Any, Schema], bool]] = {
    "type": _type,
    "enum": lambda value, schema: any(_same(value, one) for one in schema["enum"]),
    "const": lambda value, schema: _same(value, schema["const"]),
    "properties": _properties,
    "additionalProperties": _properties,
    "required": lambda value, schema: (
        not isinstance(value, dict) or all(name in value for name in schema["required"])
    ),
    "items": lambda value, schema: (
        not isinstance(value, list) or all(_is(one, schema["items"]) for one in value)
    ),
    "anyOf": lambda value, schema: any(_is(value, one) for one in schema["anyOf"]),
    "oneOf": lambda value, schema: sum(_is(value, one) for one in schema["oneOf"]) == 1,
    "allOf": lambda value, schema: all(_is(value, one) for one in schema["allOf"]),
    "not": lambda value, schema: not _is(value, schema["not"]),
    "minItems": _within("minItems", list, len, _at_least),
    "maxItems": _within("maxItems", list, len, _at_most),
    "minLength": _within("minLength", str, len, _at_least),
    "maxLength": _within("maxLength", str, len, _at_most),
    "minimum": _within("minimum", float, lambda value: value, _at_least),
    "maximum": _within("maximum", float, lambda value: value, _at_most),
}
