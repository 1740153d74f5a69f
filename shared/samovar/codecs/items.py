"""What a person sends to `predict` → items of the model's kind, by media type.

`ITEM_CODECS` maps a media type, or all of a family (`image/*`), to the module and function
that reads it, imported when first used. `TAKES` says which of them a kind of model takes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from samovar.codecs.media import MediaType, parse_media_type
from samovar.errors import PayloadTooLarge, UnsupportedMediaType
from samovar.types import Kind, Limits
from samovar.values import dataclass


class Items(NamedTuple):
    """Items of the model's kind, and whether the body was one item rather than a list."""

    items: list[Any]
    single: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A body with what is needed to read it. `names` are the model's columns or inputs."""

    kind: Kind
    media: MediaType
    body: bytes
    limits: Limits
    names: tuple[str, ...] = ()


ITEM_CODECS: Mapping[str, str] = {
    "application/json": "samovar.codecs.person_json:read",
    "application/x-npy": "samovar.codecs.npy:read",
    "text/csv": "samovar.codecs.csv:read",
    "text/*": "samovar.codecs.text:read",
    "image/*": "samovar.codecs.image:read",
    "audio/*": "samovar.codecs.audio:read",
    "*/*": "samovar.codecs.items:read_bytes",
}

TAKES: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("application/json", "text/csv", "text/*"),
    Kind.IMAGE: ("application/json", "image/*"),
    Kind.AUDIO: ("application/json", "audio/*"),
    Kind.PROMPT: ("application/json", "text/*"),
    Kind.BYTES: ("application/json", "*/*"),
    Kind.ROWS: ("application/json", "text/csv"),
    Kind.TENSORS: ("application/json", "application/x-npy"),
}

EXAMPLES: Mapping[Kind, str] = {
    Kind.TEXT: 'the text itself as text/plain, or {"text": "…"} as application/json',
    Kind.IMAGE: 'the picture itself as image/png, or {"image": "<base64>"} as application/json',
    Kind.AUDIO: 'the sound itself as audio/wav, or {"audio": "<base64>"} as application/json',
    Kind.PROMPT: '{"messages": [{"role": "user", "content": "…"}]} as application/json',
    Kind.BYTES: 'the file itself, or {"bytes": "<base64>"} as application/json',
    Kind.ROWS: '{"row": {"column": 1.5}} as application/json, or text/csv with a header row',
    Kind.TENSORS: '{"row": {"input": [1.5]}} as application/json, or application/x-npy',
}
"""What a model of a kind takes, said to a person."""

_UNSTATED = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded"})
"""Types that say nothing: none, "some bytes", and what curl's -d sends unasked."""

_OUR_JSON = re.compile(rb'\s*\{\s*"(text|image|audio|bytes|row|rows)"\s*:')
_PROMPT_JSON = re.compile(rb'\s*\{\s*"[a-z_]+"\s*:')


def read_items(
    kind: Kind,
    media_type: str,
    body: bytes,
    limits: Limits,
    names: Sequence[str] = (),
) -> Items:
    """The items in a predict request's body, and whether it was a single one.

    A body without a telling Content-Type is taken as the model's own kind. Raises
    UnsupportedMediaType for a type that the kind does not take, PayloadTooLarge over
    `limits`, InvalidInput for a body that is not what its type says.
    """
    media = parse_media_type(media_type)
    return read_request(Request(kind, media, bytes(body), limits, tuple(names)))


def read_request(request: Request) -> Items:
    """As `read_items`, of a request that is put together already."""
    found = _codec(choice(request))(request)
    if len(found.items) > request.limits.max_rows:
        raise too_many_rows(len(found.items), request.limits)
    return found


def too_many_rows(count: int, limits: Limits) -> PayloadTooLarge:
    """The refusal of a request with more items than a model takes."""
    return PayloadTooLarge(f"{count} rows in one request; this model takes {limits.max_rows}")


def read_bytes(request: Request) -> Items:
    """The body as it stands: one file."""
    return Items([request.body], single=True)


def choice(request: Request) -> str:
    """The key of ITEM_CODECS that reads this body. Raises UnsupportedMediaType."""
    essence, takes = request.media.essence, TAKES[request.kind]
    if essence in _UNSTATED:
        return _own_kind(request)
    for pattern in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
        if pattern in takes:
            return pattern
    raise UnsupportedMediaType(
        f"this model takes {_NAMES[request.kind]}, not '{essence[:80]}'; "
        f"send {EXAMPLES[request.kind]}"
    )


_NAMES: Mapping[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.IMAGE: "a picture",
    Kind.AUDIO: "a sound",
    Kind.PROMPT: "a prompt",
    Kind.BYTES: "a file",
    Kind.ROWS: "rows of columns",
    Kind.TENSORS: "tensors",
}


def _own_kind(request: Request) -> str:
    """Our JSON is known by its first key, unless the sender says "some bytes" or sends files."""
    if request.kind in (Kind.ROWS, Kind.TENSORS):
        ours = request.body[:64].lstrip().startswith(b"{")
    else:
        stated = request.media.essence == "application/octet-stream" or request.kind is Kind.BYTES
        known = _PROMPT_JSON if request.kind is Kind.PROMPT else _OUR_JSON
        ours = not stated and known.match(request.body) is not None
    return "application/json" if ours else TAKES[request.kind][-1]


@cache
def _codec(pattern: str) -> Callable[[Request], Items]:
    module, _, attribute = ITEM_CODECS[pattern].partition(":")
    found: Callable[[Request], Items] = getattr(import_module(module), attribute)
    return found
