"""A call of SageMaker in our types: which model it is for, what its body is, how it is answered.

SageMaker hands on the body, Content-Type, Accept and its own headers, and strips the rest. So
a body says by its Content-Type whether it is a request of the Open Inference Protocol, and what
else there is to say travels in the custom attributes: `model=mood,version=1,timeout_ms=2000`.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import replace

import orjson

from samovar.codecs import media_type
from samovar.edges.inference import http_form, oip_type
from samovar.edges.messages import HEADER_SIZE, JSON, Request, Response, read_body
from samovar.errors import DeadlineExceeded, InvalidInput
from samovar.types import OIP_BINARY, OIP_JSON, Payload
from samovar.values import dataclass

ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
TARGET = "x-amzn-sagemaker-target-model"
_KNOWN = frozenset({"model", "version", "timeout_ms", "deadline_ms"})
_MILLISECONDS = re.compile(r"0*[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a call asks for; an empty model is the container's own, an empty version the newest."""

    model: str
    version: str
    timeout_s: float
    deadline_ms: int = 0  # since the epoch; 0: none


def read_wanted(headers: Mapping[str, str], timeout_s: float) -> Wanted:
    """The model and the time of a call, which may shorten ours. Raises InvalidInput."""
    said = _attributes(headers.get(ATTRIBUTES, ""))
    target = headers.get(TARGET, "").removesuffix(".tar.gz").strip("/")
    own_ms = _milliseconds(said, "timeout_ms")
    allowed_s = min(timeout_s, own_ms / 1000) if own_ms else timeout_s
    deadline_ms = _milliseconds(said, "deadline_ms")
    model = target or said.get("model", "")
    return Wanted(model, said.get("version", ""), allowed_s, deadline_ms)


def check_deadline(wanted: Wanted) -> None:
    """Raises DeadlineExceeded where the moment has passed after which nobody waits."""
    if 0 < wanted.deadline_ms <= time.time() * 1000:
        raise DeadlineExceeded("the deadline has passed; the call was not run")


def _milliseconds(said: Mapping[str, str], name: str) -> int:
    """An attribute's number; 0 where it is not said. Raises InvalidInput."""
    text = said.get(name, "")
    if text and not _MILLISECONDS.fullmatch(text):
        raise InvalidInput(f"custom attribute {name} must be a whole number above 0")
    return int(text or 0)


def _attributes(text: str) -> dict[str, str]:
    """The attributes that are ours; a client may have its own among them."""
    pairs = (part.partition("=") for part in re.split(r"[,;]", text))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() in _KNOWN}


def read_payload(request: Request, max_body_bytes: int) -> Payload:
    """The body with the media type that it has in the house. Raises SamovarError."""
    body = read_body(request, max_body_bytes)
    content_type = request.headers.get("content-type", "")
    size = request.headers.get(HEADER_SIZE, "")
    if size or _is_oip(content_type, body):
        content_type = oip_type(content_type, size)
    return Payload(body, content_type, request.request_id)


def _is_oip(content_type: str, body: bytes) -> bool:
    kind = media_type(content_type)
    if kind in (OIP_JSON, OIP_BINARY):
        return True
    if kind not in (JSON, "") or b'"inputs"' not in body:
        return False
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and "inputs" in said


def write_answer(request: Request, payload: Payload) -> Response:
    """The answer in the form that the call came in: its media type, or the protocol's headers."""
    if HEADER_SIZE in request.headers:
        return http_form(payload)
    asked = media_type(request.headers.get("content-type", ""))
    if payload.content_type == OIP_JSON and asked not in (OIP_JSON, OIP_BINARY):
        return Response(200, payload.body, JSON)
    return Response(200, payload.body, payload.content_type)


def with_attributes(response: Response, request: Request) -> Response:
    """The response with the custom attributes that SageMaker hands on to the client."""
    own = {ATTRIBUTES: f"request_id={request.request_id}"}
    if response.pieces is None:  # what sends pieces adds the id itself
        own["x-request-id"] = request.request_id
    return replace(response, headers={**response.headers, **own})
