"""Frozen values, changed: what `dataclasses.replace` does, in half the time.

A job's every move copies it, and a worker moves tens of thousands.
"""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

Value = TypeVar("Value")
_Fields = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]
_KNOWN: dict[type, _Fields] = {}


def replace(value: Value, /, **changes: Any) -> Value:
    """The dataclass `value` with some of its fields changed. Raises TypeError for others."""
    kind = type(value)
    names, values = _KNOWN.get(kind) or _fields(kind)
    return kind(**dict(zip(names, values(value), strict=True)) | changes)


def _fields(kind: Any) -> _Fields:
    names = tuple(each.name for each in fields(kind))
    values = attrgetter(*names)
    _KNOWN[kind] = names, values if len(names) > 1 else lambda value: (values(value),)
    return _KNOWN[kind]
