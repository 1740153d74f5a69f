"""JSON objects from a client: fast, and with no key given twice."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson

from samovar.errors import DuplicateName, MalformedBody

# Keys that a request may say twice only by mistake; values of any other key never decide
# what is run. Counting them in the raw bytes is fast and finds every suspect.
_OUTER = (b'"inputs"', b'"outputs"', b'"id"')
_SLOW_LIMIT = 8 * 1024 * 1024


def parse_object(body: bytes | memoryview) -> dict[str, Any]:
    """The JSON object in `body`. Raises MalformedBody, DuplicateName.

    orjson keeps the last of two equal keys without a word; a request that says `data`
    twice is a mistake that would be answered from one of them. A body with more keys of
    a kind than its objects explain is read again by the standard library, which tells.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedBody("the body must be a JSON object")
    if _suspicious(bytes(body), value):
        _refuse_duplicates(body)
    return value


def _suspicious(body: bytes, value: Mapping[str, Any]) -> bool:
    if len(body) > _SLOW_LIMIT:
        return False
    tensors = sum(len(value[k]) for k in ("inputs", "outputs") if isinstance(value.get(k), list))
    return any(body.count(key) > 1 for key in _OUTER) or any(
        body.count(key) > tensors for key in (b'"data"', b'"shape"', b'"name"', b'"datatype"')
    )


def _refuse_duplicates(body: bytes | memoryview) -> None:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            _duplicate([key for key, _ in items])
        return found

    try:
        json.loads(bytes(body), object_pairs_hook=pairs)
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None


def _duplicate(keys: list[str]) -> NoReturn:
    twice = next(key for key in keys if keys.count(key) > 1)
    raise DuplicateName(f"key '{twice[:60]}' is given twice in one JSON object")
