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

    Depth and keys are looked for only where the body's signs do not tell already: no text is
    deeper than the brackets that it opens, and each key has a colon after it.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    count = bytes.count if len(body) < _LONG else _count
    if count(body, b"[") + count(body, b"{") > MAX_DEPTH and depth(body) > MAX_DEPTH:
        raise MalformedBody(f"the JSON is nested deeper than {MAX_DEPTH} levels")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    if not _has_keys(value, count(body, b":")):
        _check_keys(body, value)
    return value


_LONG = 16_384


def _count(body: bytes, sign: bytes) -> int:
    """How often a byte stands in a long body: numpy is the faster one, once it has begun."""
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == ord(sign)))


def depth(body: bytes) -> int:
    """How deep the brackets of JSON text are nested; text that is no JSON gives any number."""
    text = np.frombuffer(_STRINGS.sub(b"", body), np.uint8)
    brackets = text[(text & _OF_BRACKETS) == _BRACKET]
    steps = (3 - (brackets & _SIDE)).view(np.int8)  # one deeper, one less deep
    return int(steps.cumsum(dtype=np.int32).max(initial=0))


# What [ ] { } have in common, and Y y _ DEL with them, which stand in strings only; and the
# bits that tell those that open (2) from those that close (4).
_OF_BRACKETS, _BRACKET, _SIDE = 0b11011001, 0b01011001, 0b00000110


def _check_keys(body: bytes, value: Any) -> None:
    """Raises DuplicateName where an object has a key twice.

    A key ends in a quote and a colon. Where there are no more of those than keys were kept,
    none was lost; where there are (a text may hold them too), the standard library, which
    sees each pair, decides.
    """
    if not _has_keys(value, len(_KEY_ENDS.findall(body))):
        json.loads(body, object_pairs_hook=_pairs, parse_int=str, parse_float=str)


def _has_keys(value: Any, enough: int) -> bool:
    """Whether the objects within `value` are seen to have so many keys.

    A list that begins with a number or a text is not looked through: it is long, and one with
    an object further on only costs the second look.
    """
    found, pending = 0, [value]
    for node in pending:  # which grows meanwhile
        if type(node) is dict:
            found += len(node)
            if found >= enough:
                return True
            pending += node.values()
        elif type(node) is list and node and type(node[0]) in (dict, list):
            pending += node
    return found >= enough


def _pairs(items: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in items:
        if key in seen:
            raise DuplicateName(f"key '{key[:60]}' is given twice in one JSON object")
        seen.add(key)
