"""A JSON schema as a grammar, after it was looked at: its size, and whether any text can end it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from samovar.errors import InvalidSchema, WrongDatatype

MOST_BYTES, MOST_DEPTH, MOST_PARTS = 100_000, 64, 5_000
_WRITING = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""As Python writes JSON: a model that may add blanks can add them without end."""
_PASSES = 20


def json_rule(schema: Any, where: str) -> str:
    """The grammar's rule of JSON that the schema allows.

    Raises WrongDatatype for what is no schema, InvalidSchema for one that is too large, or that
    only a text without an end would meet.
    """
    if not isinstance(schema, dict):
        raise WrongDatatype(f"{where} must be a JSON schema: an object")
    written = orjson.dumps(schema | {"x-guidance": _WRITING})
    if len(written) > MOST_BYTES:
        raise InvalidSchema(f"{where} has {len(written)} bytes; {MOST_BYTES} are taken")
    if sum(1 for _ in _parts(schema, where)) > MOST_PARTS:
        raise InvalidSchema(f"{where} has more than {MOST_PARTS} parts")
    if not Endings(schema).has_end():
        raise InvalidSchema(f"{where} can be met by no text that ends: it asks for itself again")
    return f"%json {written.decode()}"


def _parts(part: Any, where: str, depth: int = 0) -> Iterator[None]:
    if depth > MOST_DEPTH:
        raise InvalidSchema(f"{where} is nested more than {MOST_DEPTH} deep")
    yield None
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _parts(one, where, depth + 1)


class Endings:
    """Which references of a schema a finite document can meet: the least set that holds.

    What is not understood here is taken to have an end; the grammar itself judges the rest.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._ending: set[str] = set()
        self._seen: set[str] = set()

    def has_end(self) -> bool:
        """Whether a finite document meets the schema."""
        for _ in range(_PASSES):
            self._seen, known = set(), len(self._ending)
            if self._ends(self._schema):
                return True
            if len(self._ending) == known:
                return False
        return True

    def _ends(self, part: Any) -> bool:
        if not isinstance(part, dict):
            return part is not False
        return (
            self._refers(part)
            and all(self._ends(one) for one in _list(part, "allOf"))
            and all(
                any(self._ends(one) for one in part[name])
                for name in ("anyOf", "oneOf")
                if _list(part, name)
            )
            and self._holds(part)
        )

    def _refers(self, part: Mapping[str, Any]) -> bool:
        name = part.get("$ref")
        if not isinstance(name, str) or not name.startswith("#") or name in self._ending:
            return True
        if name in self._seen:
            return False  # in this pass, on the way to itself
        self._seen.add(name)
        if self._ends(_pointed(self._schema, name)):
            self._ending.add(name)
        return name in self._ending

    def _holds(self, part: Mapping[str, Any]) -> bool:
        kinds = part.get("type")
        if kinds == "object":
            own = part.get("properties")
            given = own if isinstance(own, dict) else {}
            more = part.get("additionalProperties", True)
            return all(self._ends(given.get(name, more)) for name in _names(part))
        if kinds == "array" and isinstance(part.get("minItems"), int):
            first = _list(part, "prefixItems")[: part["minItems"]]
            rest = part.get("items", True) if part["minItems"] > len(first) else True
            return all(self._ends(one) for one in [*first, rest])
        return True


def _names(part: Mapping[str, Any]) -> list[str]:
    return [name for name in _list(part, "required") if isinstance(name, str)]


def _list(part: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = part.get(name)
    return found if isinstance(found, list) else []


def _pointed(schema: Any, pointer: str) -> Any:
    """The part that a local reference names; True where it names none."""
    from urllib.parse import unquote  # which a start does not wait for

    found = schema
    for step in pointer.removeprefix("#").split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            return True
        found = found[key]
    return found
