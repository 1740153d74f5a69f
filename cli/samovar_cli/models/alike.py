"""Whether two answers to one request are alike, where no manifest says how near they must be."""

from typing import Any

import orjson
from samovar.golden import Comparison, compare_whole
from samovar.types import Payload

_SHARE = 1e-3  # of the largest number, that others may be off: another device rounds otherwise


def far_apart(one: Payload | str, other: Payload | str) -> Comparison:
    """How the other answer differs, with what is too far; two errors of one code are alike."""
    if isinstance(one, str) or isinstance(other, str):
        said = f"{_said(other)} is not {_said(one)}"
        return Comparison() if one == other else Comparison((said,))
    try:
        expected, found = orjson.loads(one.body), orjson.loads(other.body)
    except orjson.JSONDecodeError:  # tensors in binary
        return Comparison() if one == other else Comparison(("the bytes differ",))
    largest = max(map(abs, _numbers(expected)), default=0.0)
    return compare_whole(expected, found, max(_SHARE, _SHARE * largest))


def _said(answer: Payload | str) -> str:
    return answer if isinstance(answer, str) else "an answer"


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in _numbers(one)]
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one)]
    return [float(value)] if type(value) in (int, float) else []
