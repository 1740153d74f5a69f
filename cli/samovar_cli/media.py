"""Which media type a file has, by its first bytes, then by its name."""

from collections.abc import Mapping
from pathlib import PurePath

from samovar.types import Kind

_MAGIC: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
    b"\x93NUMPY": "application/x-npy",
}
_SUFFIXES: Mapping[str, str] = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".npy": "application/x-npy",
    ".txt": "text/plain",
    ".md": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".wav": "audio/wav",
}
_OF_A_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.IMAGE: ("image/",),
    Kind.AUDIO: ("audio/",),
    Kind.TEXT: ("text/plain",),
    Kind.PROMPT: ("text/plain", "application/json"),
    Kind.ROWS: ("text/csv", "application/json"),
    Kind.TENSORS: ("application/x-npy", "application/json"),
    Kind.BYTES: ("",),
}
"""Files of a folder that a model takes, by the start of their media type."""


def media_type(name: str, body: bytes, kind: Kind | None) -> str:
    """The Content-Type to send a file with; "" leaves the choice to the model.

    A model of files takes any as it is, also one of JSON.
    """
    if kind is Kind.BYTES:
        return "application/octet-stream"
    return _by_magic(body) or by_name(name)


def by_name(name: str) -> str:
    """The media type that a suffix stands for, or ""."""
    return _SUFFIXES.get(PurePath(name).suffix.lower(), "")


def suits(name: str, kind: Kind) -> bool:
    """Whether a file of that name is one that a model of the kind takes."""
    return by_name(name).startswith(_OF_A_KIND[kind])


def _by_magic(body: bytes) -> str:
    if body[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(body[8:12], "")
    return next((media for magic, media in _MAGIC.items() if body.startswith(magic)), "")
