"""Golden examples of a manifest: `[[examples]]` → requests and the answers they must give."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from samovar.errors import SamovarError
from samovar.types import Example, Payload, ReadAsset

_KEYS = frozenset({"name", "content_type", "expect", "tolerance"})
_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".wav": "audio/wav",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".json": "application/json",
    ".npy": "application/x-npy",
}


def read_examples(
    entries: Sequence[Mapping[str, Any]], read: ReadAsset | None
) -> tuple[tuple[Example, ...], list[tuple[int, str]]]:
    """The examples, and each fault with the index of the table it is in."""
    examples: list[Example] = []
    faults: list[tuple[int, str]] = []
    for index, entry in enumerate(entries):
        try:
            example = _example(entry, index, read)
        except (ValueError, SamovarError) as error:
            faults.append((index, str(error)))
        else:
            examples += [example] if example else []
    return tuple(examples), faults


def _example(entry: Mapping[str, Any], index: int, read: ReadAsset | None) -> Example | None:
    sources = [key for key in entry if key in _BODIES]
    unknown = [key for key in entry if key not in _KEYS and key not in _BODIES]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} in an example")
    if len(sources) != 1:
        raise ValueError(f"an example has exactly one of {', '.join(_BODIES)}")
    expect, tolerance = entry.get("expect"), entry.get("tolerance", 1e-3)
    if not isinstance(expect, dict):
        raise ValueError("an example needs expect = { … }, the answer or a part of it")
    if type(tolerance) not in (int, float) or not 0 <= tolerance < float("inf"):
        raise ValueError("tolerance must be a number of 0 or more")
    if sources[0] == "file" and read is None:
        return None
    body, content_type = _BODIES[sources[0]](entry[sources[0]], read)
    payload = Payload(body, str(entry.get("content_type", content_type)), f"example-{index}")
    name = str(entry.get("name", f"example {index}"))
    return Example(name, payload, expect, float(tolerance), str(entry.get("file", "")))


def _text(value: Any, _: ReadAsset | None) -> tuple[bytes, str]:
    if not isinstance(value, str):
        raise ValueError("text must be a string")
    return value.encode(), "text/plain"


def _json(value: Any, _: ReadAsset | None) -> tuple[bytes, str]:
    try:
        return orjson.dumps(value), "application/json"
    except TypeError as error:
        raise ValueError(f"json cannot be written as JSON: {error}") from None


def _base64(value: Any, _: ReadAsset | None) -> tuple[bytes, str]:
    try:
        return base64.b64decode(value, validate=True), "application/octet-stream"
    except (binascii.Error, TypeError, ValueError):
        raise ValueError("base64 is not base64") from None


def _file(value: Any, read: ReadAsset | None) -> tuple[bytes, str]:
    if not isinstance(value, str) or read is None:
        raise ValueError("file must be a path within the model's folder")
    suffix = value[value.rfind(".") :].lower()
    return read(value), _TYPES.get(suffix, "application/octet-stream")


_BODIES: Mapping[str, Callable[[Any, ReadAsset | None], tuple[bytes, str]]] = {
    "text": _text,
    "json": _json,
    "file": _file,
    "base64": _base64,
}
