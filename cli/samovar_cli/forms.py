"""Which values have the form that samovar's own answers give a field.

A model without post steps answers with its outputs by their own names, and `probabilities`
may then be anything: what has not the form is shown as plain JSON.
"""

from collections.abc import Callable, Mapping
from typing import Any

Answer = Mapping[str, Any]
Point = tuple[float, float]


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def standard(answer: Answer) -> dict[str, Any]:
    """The fields of an answer that have the form of their name."""
    return {key: value for key, value in answer.items() if key in _FORMS and _FORMS[key](value)}


def box_corners(box: Any) -> list[Point]:
    """The corners of a box, clockwise from the top left; none where it is no box.

    Boxes are written as [left, top, right, bottom] or as four points.
    """
    if not isinstance(box, list) or len(box) != 4:
        return []
    if all(map(is_number, box)):
        left, top, right, bottom = map(float, box)
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    if all(_numbers(point) and len(point) == 2 for point in box):
        return [(float(x), float(y)) for x, y in box]
    return []


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _entries(**forms: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A list of objects, each with such fields at least."""
    return lambda value: (
        isinstance(value, list)
        and all(
            isinstance(entry, dict)
            and all(key in entry and form(entry[key]) for key, form in forms.items())
            for entry in value
        )
    )


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _scalar(value: Any) -> bool:
    return not isinstance(value, list | dict)


_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "label": _scalar,
    "score": lambda value: value is None or is_number(value),
    "probabilities": _entries(label=_text, score=is_number),
    "labels": _texts,
    "text": _text,
    "lines": _entries(text=_text),
    "boxes": _entries(box=lambda value: bool(box_corners(value))),
    "segments": _entries(start=is_number, end=is_number),
    "speech_seconds": is_number,
    "embedding": _numbers,
    "value": lambda value: value is None or is_number(value),
    "unit": _text,
    "error": _text,
}
