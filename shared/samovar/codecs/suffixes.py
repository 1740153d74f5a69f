"""What a file is, by its suffix."""

from collections.abc import Mapping

from samovar.types import Kind

_MEDIA: Mapping[str, str] = {
    "bmp": "image/bmp",
    "csv": "text/csv",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/plain",
    "npy": "application/x-npy",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webp": "image/webp",
}
_ANY = "application/octet-stream"


def media_type(name: str, kind: Kind) -> str:
    """The media type of a file. A model of files takes any as it is, JSON too."""
    suffix = name.rpartition(".")[2].lower()
    return _ANY if kind is Kind.BYTES else _MEDIA.get(suffix, _ANY)
