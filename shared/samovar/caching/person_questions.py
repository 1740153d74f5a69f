"""What a predict request asks: the items that its model is handed, however they were sent."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from samovar.caching.parts import Parts, ordered
from samovar.codecs import text
from samovar.codecs.items import Request, choice, read_request
from samovar.codecs.json_keys import parse
from samovar.codecs.media import parse_media_type
from samovar.codecs.person_json import from_base64
from samovar.errors import MalformedBody
from samovar.types import Kind, ModelSpec, Payload

_JSON, _NPY = "application/json", "application/x-npy"
_LANGUAGE = "language"
_ROWS = frozenset({"rows"})


def read(payload: Payload, spec: ModelSpec, version: str, parts: Parts) -> bool:
    """Adds to `parts` what is asked; False where nobody can know the answer but who runs it.

    Raises InvalidInput, PayloadTooLarge, UnsupportedMediaType.
    """
    media = parse_media_type(payload.content_type)
    names = spec.input.columns or _inputs(spec, version)
    request = Request(spec.input.kind, media, payload.body, spec.limits, names)
    parts.say(str(request.kind))
    return _READERS[request.kind](request, spec, parts)


def _inputs(spec: ModelSpec, version: str) -> tuple[str, ...]:
    """The graph's inputs where the manifest records them: rows may be values in their order."""
    known = spec.signatures.get(version)
    return tuple(one.name for one in known.inputs) if known else ()


def _add_items(request: Request, spec: ModelSpec, parts: Parts) -> bool:  # noqa: ARG001 - one shape for all readers
    """Texts or rows. The order of a row's columns means nothing."""
    if choice(request) == _NPY:
        parts.add(b"npy")
        parts.add(request.body)
        return True
    found = read_request(request)
    items = [ordered(item) if isinstance(item, dict) else item for item in found.items]
    parts.say((found.single, items))
    return True


def _add_files(request: Request, spec: ModelSpec, parts: Parts) -> bool:  # noqa: ARG001 - one shape for all readers
    """Pictures, sounds and files: their bytes, and the language that a sound is said to be in."""
    single, files = _files(request)
    parts.say((single, [language for _, language in files]))
    for body, _ in files:
        parts.add(body)
    return True


def _files(request: Request) -> tuple[bool, list[tuple[bytes, str]]]:
    if choice(request) != _JSON:
        return True, [(request.body, request.media.parameters.get(_LANGUAGE, ""))]
    body, own = parse(request.body), str(request.kind)
    if not isinstance(body, dict) or body.keys() not in ({own}, {"rows"}):
        raise MalformedBody(f"the body must have '{own}' or 'rows'")
    if own in body:
        single = not isinstance(body[own], list)
        values = [body[own]] if single else body[own]
    else:
        single, values = False, list(_unwrapped(body["rows"], own))
    return single, [_file(value) for value in values]


def _unwrapped(rows: Any, own: str) -> Iterator[Any]:
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, dict) or row.keys() != {own}:
            raise MalformedBody(f"each row must have '{own}' alone")
        yield row[own]


def _file(value: Any) -> tuple[bytes, str]:
    if not isinstance(value, str):
        raise MalformedBody("a file must be base64 in a string")
    said = parse_media_type(value[5:].partition(",")[0]) if value.startswith("data:") else None
    return from_base64(value), said.parameters.get(_LANGUAGE, "") if said else ""


def _add_prompts(request: Request, spec: ModelSpec, parts: Parts) -> bool:
    """Prompts with their parameters. False where chance has a part in any of their answers."""
    if choice(request) == _JSON:
        body = parse(request.body)
        if not isinstance(body, dict):
            raise MalformedBody("the body must be a JSON object")
    else:
        body = {"text": text.decode(request)}
    rows = body.get("rows", [body])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MalformedBody("'rows' must be a list of objects")
    parts.say(ordered(body, _ROWS) if "rows" in body else True)
    parts.say([_prompt(row) for row in rows])
    usual = spec.program.params.get("temperature", 0.0)
    return all(_is_certain(row, usual) for row in rows)


def _prompt(row: Mapping[str, Any]) -> dict[str, Any]:
    found = ordered(row)
    messages = found.get("messages")
    if isinstance(messages, list):
        found["messages"] = [ordered(m) if isinstance(m, dict) else m for m in messages]
    return found


def _is_certain(row: Mapping[str, Any], usual: float) -> bool:
    """Whether a text is always the same: the likeliest one, or that of a seed."""
    heat = row.get("temperature")
    return (usual if heat is None else heat) == 0 or row.get("seed") is not None


_READERS: Mapping[Kind, Callable[[Request, ModelSpec, Parts], bool]] = {
    Kind.TEXT: _add_items,
    Kind.ROWS: _add_items,
    Kind.TENSORS: _add_items,
    Kind.IMAGE: _add_files,
    Kind.AUDIO: _add_files,
    Kind.BYTES: _add_files,
    Kind.PROMPT: _add_prompts,
}
