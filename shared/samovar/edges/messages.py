"""A request and a response of HTTP, whatever carried them; and how errors look there."""

import re
import zlib
from collections.abc import Generator, Mapping
from typing import Any

import orjson

from samovar.errors import (
    CollectionConflict,
    DeadlineExceeded,
    IdempotencyMismatch,
    InvalidInput,
    JobConflict,
    MalformedBody,
    MethodNotAllowed,
    ModelExists,
    ModelFault,
    ModelRunFailed,
    NotFound,
    NotKept,
    OutOfMemory,
    Overloaded,
    PayloadTooLarge,
    SamovarError,
    Unavailable,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from samovar.refusals import GuardRefused
from samovar.values import dataclass, field

JSON = "application/json"
HEADER_SIZE = "inference-header-content-length"

STATUS: Mapping[type[SamovarError], int] = {
    InvalidInput: 400,
    ModelRunFailed: 400,  # the graph refused these values: an index out of range, say
    NotFound: 404,
    MethodNotAllowed: 405,
    JobConflict: 409,
    ModelExists: 409,
    CollectionConflict: 409,
    DeadlineExceeded: 410,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    UnsupportedEncoding: 415,
    IdempotencyMismatch: 422,
    GuardRefused: 422,
    ModelFault: 424,  # the model folder must be mended; asking again will not help
    Overloaded: 429,
    OutOfMemory: 507,
    Unavailable: 503,
    NotKept: 504,  # so RFC 9111 has it
    SamovarError: 500,
}
"""Error → HTTP status, looked up along the error's own tree."""

_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: header names in lower case, the body and the query as they came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Generator[bytes, None, None] | None = None
    """The body piece by piece, for doors that send it so; `whole.whole` makes it one."""
    model: str = ""  # that answered, where the path does not say
    code: str = ""  # of the error that it tells, where its door did not see one


def status_of(error: SamovarError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def error_response(error: SamovarError) -> Response:
    """The one shape that every error has: what to do, and a stable code."""
    headers = {"retry-after": "1"} if error.retryable else {}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    # A message may quote a client's path or JSON, in which half of a surrogate pair can stand.
    said = {"error": error.message.encode("utf-8", "replace").decode(), "code": error.code}
    return Response(status_of(error), orjson.dumps(said), JSON, headers)


def internal_error(request_id: str) -> Response:
    """What a client sees of a fault of ours: the id under which the log tells the rest."""
    text = f"internal error; the log tells more under request id {request_id}"
    return Response(500, orjson.dumps({"error": text, "code": "internal_error"}))


def json_response(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(status, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))


def request_id(headers: Mapping[str, str], own: str) -> str:
    """The client's x-request-id where it sent a sane one, else the platform's own id."""
    sent = headers.get("x-request-id")
    return sent if sent and _REQUEST_ID.fullmatch(sent) else own


def origin(request: Request) -> str:
    """Where the client says that it sent the request, `https://host`; empty where it does not."""
    host = request.headers.get("host", "")
    scheme = request.headers.get("x-forwarded-proto", "http").partition(",")[0].strip()
    return f"{scheme}://{host}" if host else ""


def read_body(request: Request, limit: int) -> bytes:
    """The body, decompressed. Raises PayloadTooLarge, UnsupportedEncoding, MalformedBody.

    A compressed body is inflated up to the limit and no further: a bomb costs no more memory.
    """
    if len(request.body) > limit:
        raise too_large(limit)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding not in _WINDOW_BITS:
        raise UnsupportedEncoding(
            f"Content-Encoding {encoding[:40]!r} is not read; send gzip, deflate or none"
        )
    return _inflate(request.body, _WINDOW_BITS[encoding], limit)


_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def _inflate(body: bytes, window_bits: int, limit: int) -> bytes:
    inflater = zlib.decompressobj(window_bits)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise MalformedBody("the body is not what its Content-Encoding says") from None
    if len(plain) > limit:
        raise too_large(limit)
    if not inflater.eof or inflater.unused_data:
        raise MalformedBody("the compressed body is cut short or has bytes after its end")
    return plain


def too_large(limit: int) -> PayloadTooLarge:
    """The refusal of a body over `limit` bytes."""
    return PayloadTooLarge(f"the body is over {limit} bytes; send less, or submit a job")


def is_binary(response: Response) -> bool:
    """Whether the response travels through a gateway in base64."""
    text = response.content_type.startswith((JSON, "text/"))
    return not text or "content-encoding" in response.headers


def event_bytes(response: Response) -> int:
    """The bytes that the body has in a function's answer, which is JSON; about, for small ones."""
    body = response.body
    if is_binary(response):
        return (len(body) + 2) // 3 * 4
    if len(body) < _SMALL:
        return len(body)
    return len(body) + sum(map(body.count, (b'"', b"\\", b"\n")))  # each of them is escaped


_SMALL = 1_000_000


def compressed(response: Response, accept_encoding: str) -> Response:
    """The response in gzip or deflate where the client reads it and it saves something."""
    if len(response.body) < _WORTH_COMPRESSING or "content-encoding" in response.headers:
        return response
    said = (part.replace(" ", "").lower().partition(";q=") for part in accept_encoding.split(","))
    accepted = {name for name, _, weight in said if weight.strip("0.") or not weight}
    encoding = next((name for name in ("gzip", "deflate") if name in accepted), None)
    if encoding is None:
        return response
    deflater = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS[encoding])
    body = deflater.compress(response.body) + deflater.flush()
    headers = {**response.headers, "content-encoding": encoding, "vary": "accept-encoding"}
    return Response(response.status, body, response.content_type, headers)


_WORTH_COMPRESSING = 2048
