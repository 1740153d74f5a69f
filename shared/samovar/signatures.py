"""How an event is signed, so that who receives it knows whose it is. Pure.

Source: the Standard Webhooks specification 1.0.0 (standardwebhooks.com), symmetric scheme.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64


def read_secrets(text: str) -> tuple[bytes, ...]:
    """The keys of secrets with white space between them, the present one first.

    Raises ValueError, which does not quote them.
    """
    return tuple(_read_secret(word) for word in text.split())


def signed_headers(
    keys: Sequence[bytes], event_id: str, timestamp_s: int, body: bytes
) -> Mapping[str, str]:
    """The three headers of an event: one signature for each key, so that keys can be changed."""
    signed = b"%s.%d.%s" % (event_id.encode(), timestamp_s, body)
    made = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def _read_secret(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise ValueError(f"must be whsec_ and {_MIN_BYTES} to {_MAX_BYTES} bytes in base64")
    return key
