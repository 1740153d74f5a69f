"""Whether an answer is the one that a golden example expects, number by number."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from samovar.values import dataclass

_MOST_FAULTS = 5
_Difference = tuple[str, float]
"""A fault ("" where the values agree) and how far two numbers lie apart."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two answers differ: what is wrong, by its place, and how far numbers lie apart."""

    faults: tuple[str, ...] = ()
    largest: float = 0.0
    """The largest difference between two numbers, tolerated or not; infinite beside NaN."""

    @property
    def same(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def compare(expected: Any, actual: Any, tolerance: float) -> Comparison:
    """How the JSON value `actual` differs from what is expected of it.

    Objects may have more keys than expected. Lists may go on after what is expected of them,
    but an empty one stands for itself. Numbers may differ by `tolerance`; NaN, which JSON
    does not have, is null. Everything else must be equal, and a boolean is not a number.
    """
    found = list(_differences("", expected, actual, tolerance))
    faults = [fault for fault, _ in found if fault]
    if len(faults) > _MOST_FAULTS:
        faults[_MOST_FAULTS:] = [f"and {len(faults) - _MOST_FAULTS} more"]
    return Comparison(tuple(faults), max((distance for _, distance in found), default=0.0))


def compare_whole(one: Any, other: Any, tolerance: float) -> Comparison:
    """As `compare`, with nothing more on either side."""
    there, back = compare(one, other, tolerance), compare(other, one, tolerance)
    return Comparison(there.faults or back.faults, there.largest)


def _differences(where: str, expected: Any, actual: Any, tolerance: float) -> Iterator[_Difference]:
    """One difference for each value that is expected."""
    if isinstance(expected, Mapping):
        yield from _in_object(where, expected, actual, tolerance)
    elif isinstance(expected, list | tuple):
        yield from _in_list(where, expected, actual, tolerance)
    elif _is_number(expected) and _is_number(actual):
        yield _between_numbers(where, expected, actual, tolerance)
    elif not _is_nan_as_null(expected, actual):
        equal = type(expected) is type(actual) and expected == actual
        yield "" if equal else _fault(where, f"{_shown(actual)} is not {_shown(expected)}"), 0.0


def _in_object(
    where: str, expected: Mapping[str, Any], actual: Any, tolerance: float
) -> Iterator[_Difference]:
    if not isinstance(actual, Mapping):
        yield _fault(where, f"{_shown(actual)} is not an object"), 0.0
        return
    for key, value in expected.items():
        path = f"{where}.{key}" if where else key
        if key in actual:
            yield from _differences(path, value, actual[key], tolerance)
        else:
            yield _fault(path, "is not in the answer"), 0.0


def _in_list(
    where: str, expected: Sequence[Any], actual: Any, tolerance: float
) -> Iterator[_Difference]:
    if not isinstance(actual, list | tuple):
        yield _fault(where, f"{_shown(actual)} is not a list"), 0.0
        return
    if len(actual) < len(expected) or (actual and not expected):
        yield _fault(where, f"has {len(actual)} entries, not {len(expected)}"), 0.0
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        yield from _differences(f"{where}[{index}]", one, other, tolerance)


def _between_numbers(where: str, expected: float, actual: float, tolerance: float) -> _Difference:
    distance = _distance(expected, actual)
    if distance <= tolerance:
        return "", distance
    return _fault(where, f"{_number(actual)} is not {_number(expected)} ± {tolerance:g}"), distance


def _distance(expected: float, actual: float) -> float:
    if expected == actual:
        return 0.0
    try:
        distance = float(abs(expected - actual))
    except OverflowError:  # whole numbers beyond every float
        return math.inf
    return math.inf if math.isnan(distance) else distance


def _number(value: float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _shown(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_nan_as_null(expected: Any, actual: Any) -> bool:
    return actual is None and isinstance(expected, float) and math.isnan(expected)


def _fault(where: str, what: str) -> str:
    return f"{where or 'the answer'}: {what}"


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
