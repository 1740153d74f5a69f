"""InvokeEndpointAsync as it comes over the wire: its parameters, and each refusal.

Source: the service model `sagemaker-runtime` 2017-05-13 (names, places, patterns, bounds), and
SageMaker's developer guide, "Invoke an asynchronous endpoint".
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from samovar_cli.twin.sagemaker.config import EndpointConfig

PREFIX = "x-amzn-sagemaker-"
INLINE_LIMIT_BYTES = 128_000
DEFAULT_TTL_S = 21_600
DEFAULT_TIMEOUT_S = 900


class Refused(Exception):
    """An error that the service answers with: its status and its code."""

    def __init__(self, message: str, code: str = "ValidationError", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class ModelRefused(Refused):
    """ModelError: what the container itself answered with; `more` stands beside the message."""

    def __init__(self, message: str, more: Mapping[str, str | int]) -> None:
        super().__init__(message, "ModelError", 424)
        self.more = more


@dataclass(frozen=True, slots=True)
class AsyncCall:
    """One accepted call."""

    id: str  # InferenceId
    output_uri: str
    failure_uri: str
    input_uri: str = ""  # or else the body came along
    body: bytes = b""
    content_type: str = ""
    accept: str = ""
    attributes: str = ""
    ttl_s: int = DEFAULT_TTL_S
    timeout_s: int = DEFAULT_TIMEOUT_S
    received_s: float = 0.0  # since the epoch


@dataclass(frozen=True, slots=True)
class _Text:
    """What the service model says of a header that is a text."""

    least: int
    most: int
    pattern: str


_ASCII = r"[\x00-\x7f]*"
_TEXTS: Mapping[str, tuple[str, _Text]] = {
    "content-type": ("contentType", _Text(0, 1024, _ASCII)),
    "accept": ("accept", _Text(0, 1024, _ASCII)),
    "custom-attributes": ("customAttributes", _Text(0, 1024, _ASCII)),
    "inference-id": ("inferenceId", _Text(1, 64, r"\S[\x20-\x7e]*")),
    "inputlocation": ("inputLocation", _Text(1, 1024, r"(https|s3)://([^/]+)/?(.*)")),
    "s3outputpathextension": (
        "s3OutputPathExtension",
        _Text(1, 512, r"(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+"),
    ),
    "filename": ("filename", _Text(1, 32, r"(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9\-_.]*")),
}
_NUMBERS: Mapping[str, tuple[str, int, int, int]] = {
    "requestttlseconds": ("requestTTLSeconds", 60, 21_600, DEFAULT_TTL_S),
    "invocationtimeoutseconds": ("invocationTimeoutSeconds", 1, 3_600, DEFAULT_TIMEOUT_S),
}


def read_call(
    config: EndpointConfig, headers: Mapping[str, str], body: bytes, now_s: float
) -> AsyncCall:
    """The call that headers (names in lower case) and body make. Raises Refused."""
    texts = {
        name: _text(name, headers[PREFIX + name]) for name in _TEXTS if PREFIX + name in headers
    }
    numbers = {name: _number(name, headers.get(PREFIX + name, "")) for name in _NUMBERS}
    input_uri = texts.get("inputlocation", "")
    _check_input(input_uri, body)
    output_uri, failure_uri = _places(
        config, texts.get("s3outputpathextension", ""), texts.get("filename", "")
    )
    return AsyncCall(
        id=texts.get("inference-id") or str(uuid.uuid4()),
        output_uri=output_uri,
        failure_uri=failure_uri,
        input_uri=input_uri,
        body=body,
        content_type=texts.get("content-type", ""),
        accept=texts.get("accept", ""),
        attributes=texts.get("custom-attributes", ""),
        ttl_s=numbers["requestttlseconds"],
        timeout_s=numbers["invocationtimeoutseconds"],
        received_s=now_s,
    )


def _text(name: str, value: str) -> str:
    member, said = _TEXTS[name]
    if not said.least <= len(value) <= said.most:
        bound, limit = ("less", said.most) if value else ("greater", said.least)
        raise _unsatisfied(value, member, f"have length {bound} than or equal to {limit}")
    if not re.fullmatch(said.pattern, value):
        raise _unsatisfied(value, member, f"satisfy regular expression pattern: {said.pattern}")
    return value


def _number(name: str, text: str) -> int:
    member, least, most, default = _NUMBERS[name]
    if not text:
        return default
    if not re.fullmatch(r"-?[0-9]{1,10}", text):
        raise _unsatisfied(text, member, "be an integer")
    value = int(text)
    if value < least:
        raise _unsatisfied(text, member, f"have value greater than or equal to {least}")
    if value > most:
        raise _unsatisfied(text, member, f"have value less than or equal to {most}")
    return value


def _unsatisfied(value: str, member: str, constraint: str) -> Refused:
    return Refused(
        f"1 validation error detected: Value '{value[:128]}' at '{member}' failed to satisfy "
        f"constraint: Member must {constraint}"
    )


def _check_input(input_uri: str, body: bytes) -> None:
    if input_uri and body:
        raise Refused("Body and InputLocation are mutually exclusive. Provide exactly one of them.")
    if not input_uri and not body:
        raise Refused("Provide exactly one of InputLocation and Body.")
    if len(body) > INLINE_LIMIT_BYTES:
        raise Refused(
            f"Body is {len(body)} bytes; inline input can be up to {INLINE_LIMIT_BYTES} bytes."
        )


def _places(config: EndpointConfig, extension: str, filename: str) -> tuple[str, str]:
    """Where the answer will lie, and the container's answer to a call that fails."""
    name = filename or f"{uuid.uuid4()}.out"
    stem = name.removesuffix(".out")
    folder = f"/{extension.strip('/')}" if extension.strip("/") else ""
    return (
        f"{config.output_path.rstrip('/')}{folder}/{name}",
        f"{config.failure_path.rstrip('/')}{folder}/{stem}-error.out",
    )
