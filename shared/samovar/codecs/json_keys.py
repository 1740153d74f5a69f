"""JSON from a client: no key twice in an object, and no deeper than a limit."""

import json
import re
from typing import Any

import numpy as np
import orjson

from samovar.errors import DuplicateName, MalformedBody

MAX_DEPTH = 64

# The closing quote is optional so that a string without one ends the scan: trying again
# from each of its characters would take quadratic time.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_KEY_ENDS = re.compile(rb'"[ \t\r\n]*+:')


def parse(body: bytes) -> Any:
    """The JSON value in `body`, a byte order mark before it passed over.

    Takes linear time. NaN and Infinity are no JSON. Raises MalformedBody, DuplicateName.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if depth(body) > MAX_DEPTH:
        raise MalformedBody(f"the JSON is nested deeper than {MAX_DEPTH} levels")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    _check_keys(body, value)
    return value


def depth(body: bytes) -> int:
    """How deep the brackets of JSON text are nested; text that is no JSON gives any number."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    brackets = _STRINGS.sub(b"", body).translate(_SIGNS, _NO_BRACKETS)
    steps = np.frombuffer(brackets, np.int8)
    return int(steps.cumsum(dtype=np.int32).max(initial=0))


_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SIGNS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as int8: one deeper, one less deep


def _check_keys(body: bytes, value: Any) -> None:
    """Raises DuplicateName where an object has a key twice.

    A key ends in a quote and a colon. Where there are no more of those than keys were kept,
    none was lost; where there are (a text may hold them too), the standard library, which
    sees each pair, decides.
    """
    ends = len(_KEY_ENDS.findall(body))
    if _keys_up_to(value, ends) < ends:
        json.loads(body, object_pairs_hook=_pairs, parse_int=str, parse_float=str)


def _keys_up_to(value: Any, enough: int) -> int:
    """The keys of all objects within `value`, or `enough` when it has that many."""
    found, level = 0, [value]
    while level:
        found += sum(len(node) for node in level if type(node) is dict)
        if found >= enough:
            return enough
        level = [
            child
            for node in level
            if type(node) in (dict, list)
            for child in (node.values() if type(node) is dict else node)
            if type(child) in (dict, list)
        ]
    return found


def _pairs(items: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in items:
        if key in seen:
            raise DuplicateName(f"key '{key[:60]}' is given twice in one JSON object")
        seen.add(key)
