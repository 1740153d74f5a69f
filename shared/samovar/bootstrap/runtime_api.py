"""Lambda's Runtime API from a runtime's side, with the streaming response mode.

Source: AWS Lambda developer guide, "Runtime API" and "Building a custom runtime", section
"Adding response streaming"; the beginning of a streamed answer as in "Lambda proxy integration
format for response streaming" of the API Gateway developer guide.
"""

import base64
import time
from collections.abc import Mapping

import orjson

from samovar.bootstrap.wire import Answer, Broken, Connection
from samovar.values import dataclass

_ROOT = "/2018-06-01/runtime/"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_STREAMING = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
    "Trailer": f"{_ERROR_TYPE}, {_ERROR_BODY}",
    "Connection": "close",  # the guide asks for a connection that ends with the answer
}
_END_OF_PRELUDE = bytes(8)


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event, and what a handler is told beside it; the names are those of Lambda's context."""

    event: bytes
    aws_request_id: str
    deadline_ms: int  # since the epoch
    invoked_function_arn: str = ""
    trace_id: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the process; never under 0."""
        return max(self.deadline_ms - int(time.time() * 1000), 0)


class RuntimeApi:
    """The platform that hands out events."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._kept: Connection | None = None

    def next(self) -> Invocation:
        """The next event, whenever it comes. Raises Broken."""
        said = self._ask("GET", "invocation/next", {}, b"")
        if said.status != 200:
            raise Broken
        headers = said.headers
        return Invocation(
            said.body,
            headers["lambda-runtime-aws-request-id"],
            int(headers["lambda-runtime-deadline-ms"]),
            headers.get("lambda-runtime-invoked-function-arn", ""),
            headers.get("lambda-runtime-trace-id", ""),
        )

    def answer(self, request_id: str, prelude: Mapping[str, object]) -> "Stream":
        """A streamed answer, of which the status and the headers have been sent. Raises Broken."""
        return Stream(self._address, f"{_ROOT}invocation/{request_id}/response", prelude)

    def fail(self, request_id: str, error: BaseException) -> None:
        """An invocation has no answer. Raises Broken."""
        self._report(f"invocation/{request_id}/error", error)

    def fail_init(self, error: BaseException) -> None:
        """The function cannot be started. Raises Broken."""
        self._report("init/error", error)

    def close(self) -> None:
        """Hang up."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _report(self, path: str, error: BaseException) -> None:
        kind = f"Runtime.{type(error).__name__}"
        self._ask("POST", path, {_ERROR_TYPE: kind}, _told(error))

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = self._kept = self._kept or Connection(self._address)
        try:
            return connection.ask(method, _ROOT + path, headers, body)
        except Broken:
            self.close()
            raise


class Stream:
    """One answer on its way, piece by piece."""

    def __init__(self, address: str, path: str, prelude: Mapping[str, object]) -> None:
        self._connection = Connection(address)
        first = orjson.dumps(prelude) + _END_OF_PRELUDE
        try:
            self._connection.send(self._connection.head("POST", path, _STREAMING) + _chunk(first))
        except Broken:
            self._connection.close()
            raise

    def write(self, piece: bytes) -> None:
        """Send a piece. Raises Broken where nobody listens any more."""
        if not piece:
            return  # an empty chunk would be the end
        if self._connection.is_over():
            raise Broken
        self._connection.send(_chunk(piece))

    def end(self, error: BaseException | None = None) -> None:
        """The last piece has been sent, or none will be, because of an error. Raises Broken."""
        said = b""
        if error is not None:
            body = base64.b64encode(_told(error)).decode()
            kind = f"Runtime.{type(error).__name__}"
            said = f"{_ERROR_TYPE}: {kind}\r\n{_ERROR_BODY}: {body}\r\n".encode()
        self._connection.send(b"0\r\n" + said + b"\r\n")
        self._connection.answer()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _told(error: BaseException) -> bytes:
    """An error in Lambda's shape: of what kind, and nothing that it might quote."""
    kind = type(error).__name__
    return orjson.dumps({"errorType": kind, "errorMessage": f"{kind}; the log tells more"})
