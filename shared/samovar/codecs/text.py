"""text/plain → a text."""

import codecs
from collections.abc import Mapping

from samovar.codecs.items import Items, Request
from samovar.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType

_CHARSETS: Mapping[str, str] = {
    "": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


def read(request: Request) -> Items:
    """One text. Raises MalformedBody, PayloadTooLarge, UnsupportedMediaType."""
    return Items([decode(request)], single=True)


def decode(request: Request) -> str:
    """The body in its charset, without a byte order mark; it may be empty.

    Raises PayloadTooLarge over `limits.max_text_bytes`, MalformedBody at the first byte
    that is not of the charset, UnsupportedMediaType for a charset that is not known here.
    """
    check_bytes(len(request.body), request.limits.max_text_bytes, "the text")
    return decode_charset(request)


def decode_charset(request: Request) -> str:
    """As `decode`, of any size."""
    said = request.media.parameters.get("charset", "").lower()
    if said not in _CHARSETS:
        raise UnsupportedMediaType(f"charset '{said[:40]}' is not read here; send utf-8")
    body = request.body.removeprefix(codecs.BOM_UTF8) if said in _UTF8 else request.body
    try:
        return body.decode(_CHARSETS[said])
    except UnicodeDecodeError as error:
        at = error.start + len(request.body) - len(body)
        raise MalformedBody(
            f"the body is not {_CHARSETS[said]}: byte {at} ({request.body[at]:#04x}); "
            "send utf-8, or name the charset in Content-Type"
        ) from None


_UTF8 = frozenset({"", "utf-8", "utf8"})


def check_text(text: str, max_bytes: int, where: str) -> str:
    """`text`. Raises PayloadTooLarge where it takes more than `max_bytes` as UTF-8."""
    if len(text) * 4 > max_bytes:
        check_bytes(len(text.encode()), max_bytes, where)
    return text


def check_bytes(count: int, limit: int, where: str) -> None:
    """Raises PayloadTooLarge over a limit of text."""
    if count > limit:
        raise PayloadTooLarge(f"{where} has {count} bytes; this model takes {limit} at most")
