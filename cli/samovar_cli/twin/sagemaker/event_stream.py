"""AWS's event stream encoding: what a response in parts looks like on the wire.

Source: Amazon Transcribe developer guide, "Event stream encoding"; the service model
`sagemaker-runtime` 2017-05-13, shape ResponseStream.
"""

import json
import struct
import zlib
from collections.abc import Mapping

MEDIA_TYPE = "application/vnd.amazon.eventstream"
_TEXT = 7  # the type of a header's value


def part(payload: bytes) -> bytes:
    """A PayloadPart."""
    named = {":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
    return frame({**named, ":message-type": "event"}, payload)


def failure(kind: str, said: Mapping[str, str]) -> bytes:
    """An error that ends a stream: ModelStreamError or InternalStreamFailure."""
    named = {":exception-type": kind, ":content-type": "application/json"}
    return frame({**named, ":message-type": "exception"}, json.dumps(said).encode())


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: its lengths and their checksum, headers, payload, the checksum of it all."""
    named = b"".join(_header(name, value) for name, value in headers.items())
    lengths = struct.pack(">II", 16 + len(named) + len(payload), len(named))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + named + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    said, text = name.encode(), value.encode()
    return struct.pack(">B", len(said)) + said + struct.pack(">BH", _TEXT, len(text)) + text
