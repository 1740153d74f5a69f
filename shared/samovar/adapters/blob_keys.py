"""Which objects samovar's jobs may touch: those under a few prefixes of one bucket."""

import re

from samovar.errors import InvalidInput

PREFIXES = ("inputs/", "uploads/", "results/")
MAX_KEY_BYTES = 1024
UNKNOWN_TYPE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(;[\x20-\x7e]*)?", re.ASCII)


def uri_of(bucket: str, key: str) -> str:
    """The address of a key that is allowed. Raises InvalidInput."""
    check_key(key)
    return f"s3://{bucket}/{key}"


def key_of(bucket: str, uri: str) -> str:
    """The key that an allowed address names. Raises InvalidInput for every other address."""
    ours = f"s3://{bucket}/"
    if not uri.startswith(ours):
        raise InvalidInput(f"{uri[:200]!r} is not in this deployment's bucket: it begins {ours}")
    key = uri[len(ours) :]
    check_key(key)
    return key


def check_key(key: str) -> None:
    """Raises InvalidInput for a key outside the prefixes, or one that could lead out of them."""
    parts = key.split("/")
    plain = key.isprintable() and not any(part in ("", ".", "..") for part in parts)
    if not (plain and key.startswith(PREFIXES) and len(key.encode()) <= MAX_KEY_BYTES):
        allowed = ", ".join(PREFIXES)
        raise InvalidInput(f"{key[:200]!r} is no object's key here: one begins {allowed}")


def check_media_type(content_type: str) -> None:
    """Raises InvalidInput for what is no media type."""
    if len(content_type) > 256 or _MEDIA_TYPE.fullmatch(content_type) is None:
        raise InvalidInput(f"content_type must be a media type, it is {content_type[:100]!r}")
