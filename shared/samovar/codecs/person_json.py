"""application/json → items: `{"text": …}`, `{"image": "…"}`, `{"row": {…}}`, `{"rows": […]}`.

A row is an object by column (or input) name, or a list of values in the model's own order;
the value of a model's only input may stand for the whole row.
"""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from samovar.codecs.items import EXAMPLES, Items, Request, too_many_rows
from samovar.codecs.json_keys import parse
from samovar.codecs.media import parse_media_type
from samovar.codecs.text import check_text
from samovar.errors import (
    InvalidInput,
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    UnknownTensor,
    WrongDatatype,
    WrongShape,
)
from samovar.types import Kind, Limits

_KEYS: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.IMAGE: "image",
    Kind.AUDIO: "audio",
    Kind.BYTES: "bytes",
    Kind.ROWS: "row",
    Kind.TENSORS: "row",
}


def read(request: Request) -> Items:
    """The items under the model's own key, one or a list, or under `rows`, always a list.

    Raises MalformedBody, DuplicateName, MissingTensor, UnknownTensor, WrongDatatype,
    WrongShape, PayloadTooLarge; each names where in the JSON it is.
    """
    body = parse(request.body)
    if not isinstance(body, dict):
        raise MalformedBody(f"the body must be a JSON object: {EXAMPLES[request.kind]}")
    if request.kind is Kind.PROMPT:
        from samovar.codecs import prompt

        return prompt.read(body, request)
    own = _KEYS[request.kind]
    _check_keys(body, (own, "rows"), "the body", request.kind)
    if len(body) > 1:
        raise MalformedBody(f"the body has both '{own}' and 'rows'; send one of them")
    if "rows" in body:
        return Items(_read_all(_unwrapped(body["rows"], request), "rows", request), single=False)
    value = body[own]
    if isinstance(value, list) and not _is_one_row(value, request):
        return Items(_read_all(value, own, request), single=False)
    return Items(_read_all([value], own, request), single=True)


def _is_one_row(value: list[Any], request: Request) -> bool:
    """A row may be a list of values in the order of the columns."""
    return request.kind in (Kind.ROWS, Kind.TENSORS) and not isinstance(next(iter(value), {}), dict)


def _check_keys(found: Mapping[str, Any], known: tuple[str, ...], where: str, kind: Kind) -> None:
    for key in found:
        if key not in known:
            raise UnknownTensor(f"{where} has an unknown key '{key[:60]}'; send {EXAMPLES[kind]}")
    if not found:
        raise MissingTensor(f"{where} lacks '{known[0]}'; send {EXAMPLES[kind]}")


def _unwrapped(rows: Any, request: Request) -> list[Any]:
    """The values of `rows`: of a kind other than rows each stands under its own key."""
    if not isinstance(rows, list):
        raise WrongDatatype(f"'rows' must be a list, not {_shown(rows)}")
    _check_count(rows, request.limits)
    own = _KEYS[request.kind]
    if own == "row":
        return rows
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            raise WrongDatatype(f'rows[{number}] must be an object like {{"{own}": …}}')
        _check_keys(row, (own,), f"rows[{number}]", request.kind)
    return [row[own] for row in rows]


def _check_count(values: list[Any], limits: Limits) -> None:
    if len(values) > limits.max_rows:
        raise too_many_rows(len(values), limits)


def _read_all(values: list[Any], key: str, request: Request) -> list[Any]:
    _check_count(values, request.limits)
    readers: Mapping[Kind, Callable[[Any, Request], Any]] = {
        Kind.TEXT: _text,
        Kind.IMAGE: _image,
        Kind.AUDIO: _audio,
        Kind.BYTES: _file,
        Kind.ROWS: _row,
        Kind.TENSORS: _row,
    }
    read_one, items = readers[request.kind], []
    for number, value in enumerate(values):
        where = f"'{key}'" if len(values) == 1 and key != "rows" else f"{key}[{number}]"
        item = _located(read_one, value, request, where)
        request = _less(request, item)
        items.append(item)
    return items


def _located(
    read_one: Callable[[Any, Request], Any], value: Any, request: Request, where: str
) -> Any:
    """What `read_one` gives; its refusals say where in the JSON they are."""
    try:
        return read_one(value, request)
    except (InvalidInput, PayloadTooLarge) as error:
        raise type(error)(f"{where}: {error.message}") from None


def _less(request: Request, item: Any) -> Request:
    """Pixels and seconds are limits of a request, so that many pictures are no way round."""
    limits = request.limits
    if request.kind is Kind.IMAGE:
        limits = replace(limits, max_pixels=limits.max_pixels - item.shape[0] * item.shape[1])
    elif request.kind is Kind.AUDIO:
        used = len(item.samples) / item.rate_hz
        limits = replace(limits, max_seconds=limits.max_seconds - used)
    else:
        return request
    return replace(request, limits=limits)


def _text(value: Any, request: Request) -> str:
    if not isinstance(value, str):
        raise WrongDatatype(f"must be a text, not {_shown(value)}")
    return check_text(value, request.limits.max_text_bytes, "the text")


def _image(value: Any, request: Request) -> Any:
    from samovar.codecs import image

    return image.decode(_file(value, request), request.limits.max_pixels)


def _audio(value: Any, request: Request) -> Any:
    from samovar.codecs import audio

    sound = audio.decode(_file(value, request), request.limits.max_seconds)
    return replace(sound, language=_language(value))


def _language(value: str) -> str:
    """What `data:audio/wav;language=en;base64,…` says of its language."""
    if not value.startswith("data:"):
        return ""
    return parse_media_type(value[5:].partition(",")[0]).parameters.get("language", "")


def _file(value: Any, request: Request) -> bytes:  # noqa: ARG001 - one shape for all readers
    if not isinstance(value, str):
        raise WrongDatatype(f"must be base64 in a string, not {_shown(value)}")
    return from_base64(value)


def _row(value: Any, request: Request) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if request.kind is Kind.TENSORS and len(request.names) == 1:
        return {request.names[0]: value}
    if not isinstance(value, list) or not request.names:
        raise WrongDatatype(f"must be an object by column name, not {_shown(value)}")
    if len(value) != len(request.names):
        raise WrongShape(
            f"has {len(value)} values for {len(request.names)} columns: {', '.join(request.names)}"
        )
    return dict(zip(request.names, value, strict=True))


def from_base64(text: str) -> bytes:
    """The bytes of base64 or of a `data:…;base64,` URI. Raises MalformedBody."""
    if text.startswith("data:"):
        head, comma, text = text.partition(",")
        if not comma or not head.endswith(";base64"):
            raise MalformedBody("a data URI must be data:<type>;base64,<data>")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise MalformedBody(
            f"not base64: {error}; use the standard alphabet with padding and no line breaks"
        ) from None


def _shown(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")
