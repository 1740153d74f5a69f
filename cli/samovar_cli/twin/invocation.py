"""One invocation and what comes of it, in Lambda's own words."""

import json
import secrets
import uuid
from dataclasses import dataclass, field

from samovar_cli.twin.pipe import Pipe

REQUEST_LIMIT_BYTES = 6 * 1024 * 1024
RESPONSE_LIMIT_BYTES = REQUEST_LIMIT_BYTES + 100  # Lambda lets an answer be this much longer


def new_trace_id() -> str:
    """An X-Ray header that samples nothing."""
    numbers = secrets.token_hex(16)
    return f"Root=1-{numbers[:8]}-{numbers[8:]};Parent={secrets.token_hex(8)};Sampled=0"


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event on its way to a function."""

    event: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(default_factory=new_trace_id)
    client_context: str = ""
    pipe: Pipe | None = None  # where the answer goes piece by piece, for InvokeWithResponseStream
    killed_after_s: float | None = None  # when its process is killed under it, for the sake of it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation gave: the function's answer, or an error object."""

    payload: bytes
    error: str = ""  # "" or Lambda's name of the kind: Unhandled
    log_tail: bytes = b""


@dataclass(frozen=True, slots=True)
class Throttled:
    """The function runs as many invocations as it may: nothing was invoked."""

    reason: str = "ReservedFunctionConcurrentInvocationLimitExceeded"


def failure(kind: str, message: str, request_id: str = "") -> Outcome:
    """An error that Lambda itself reports: timeouts, exits, answers that are too large."""
    text = f"RequestId: {request_id} Error: {message}" if request_id else message
    body = {"errorType": kind, "errorMessage": text}
    return Outcome(json.dumps(body).encode(), "Unhandled")
