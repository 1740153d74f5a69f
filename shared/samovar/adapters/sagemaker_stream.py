"""Texts from elsewhere: a real-time SageMaker endpoint, called at once or in parts.

Parts of a stream are cut anywhere, so lines are put together before they are read.
Source: Amazon SageMaker API reference, "InvokeEndpointWithResponseStream".
"""

import json
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EventStreamError, ReadTimeoutError

from samovar.adapters.aws_errors import aws_errors, code_of
from samovar.error_codes import error_of
from samovar.errors import EndpointFailed, EndpointUnavailable, SamovarError, StorageUnavailable
from samovar.types import Payload

if TYPE_CHECKING:
    from botocore.client import BaseClient

_EVENTS = "text/event-stream"
_DATA = b"data:"
_ID = re.compile(r"[!-~]{1,64}")


class SageMakerTexts:
    """A StreamPredictor over one endpoint whose container is samovar's."""

    def __init__(self, client: "BaseClient", endpoint: str) -> None:
        self._client: Any = client
        self._endpoint = endpoint

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request.

        Raises EndpointUnavailable (throttled, down, away), EndpointFailed, and what the
        container refused it with.
        """
        with self._errors():
            answer = self._client.invoke_endpoint(**self._asked(model, version, payload))
            body = answer["Body"].read()
        return Payload(body, answer.get("ContentType", ""), payload.request_id)

    def stream(self, model: str, version: str, payload: Payload) -> Generator[bytes, None, None]:
        """The answer in pieces, each a JSON document; left early, the endpoint is hung up on.

        Raises as `predict` does; EndpointFailed too for an answer that breaks off.
        """
        asked = self._asked(model, version, payload) | {"Accept": _EVENTS}
        with self._errors():
            answer = self._client.invoke_endpoint_with_response_stream(**asked)
        whole = False
        with closing(answer["Body"]) as events, self._errors():
            for piece in _documents(lines(self._parts(events))):
                whole = b'"finish_reason"' in piece
                yield piece
        if not whole:
            raise EndpointFailed(f"the endpoint {self._endpoint} broke its answer off; try again")

    def _asked(self, model: str, version: str, payload: Payload) -> dict[str, Any]:
        named = {"model": model, "version": version}
        said: dict[str, Any] = {
            "EndpointName": self._endpoint,
            "Body": payload.body,
            "ContentType": payload.content_type or "application/json",
            "CustomAttributes": ",".join(f"{name}={is_}" for name, is_ in named.items() if is_),
        }
        if _ID.fullmatch(payload.request_id):
            said["InferenceId"] = payload.request_id
        return said

    def _parts(self, events: Iterable[dict[str, Any]]) -> Iterator[bytes]:
        """What the parts hold. Raises EndpointFailed for a stream that breaks off."""
        broken = f"the endpoint {self._endpoint} broke its answer off"
        try:
            for event in events:
                if "PayloadPart" in event:
                    yield event["PayloadPart"]["Bytes"]
        except EventStreamError as error:
            said = str(error.response.get("Error", {}).get("Message", ""))
            raise EndpointFailed(f"{broken}: {said[:200]}") from None
        except Exception as error:  # noqa: BLE001 - urllib3's own, which botocore does not name
            raise EndpointFailed(f"{broken}: {type(error).__name__}") from None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        what = f"the endpoint {self._endpoint}"
        try:
            with aws_errors(what):
                try:
                    yield
                except ClientError as error:
                    if code_of(error) != "ModelError":
                        raise
                    raise _refused(what, error) from None
                except ReadTimeoutError:
                    way = "ask for fewer tokens, for a stream, or for a job"
                    raise EndpointFailed(f"{what} did not answer in time: {way}") from None
        except StorageUnavailable as error:
            raise EndpointUnavailable(error.message) from None


def lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, of bytes that are cut anywhere; the last may lack its end."""
    held = b""
    for part in parts:
        *whole, held = (held + part).split(b"\n")
        yield from whole
    if held:
        yield held


def _documents(found: Iterable[bytes]) -> Iterator[bytes]:
    """The documents of server-sent events. Raises the SamovarError that one of them tells."""
    for line in found:
        if not line.startswith(_DATA):
            continue
        document = line.removeprefix(_DATA).strip()
        if b'"code"' in document:
            _check(document)
        yield document


def _check(document: bytes) -> None:
    """Raises the error that a document is; what a text says is in a field of its own."""
    said = json.loads(document)
    if "code" in said and "text" not in said:
        raise error_of(said["code"], str(said.get("error", "")))


def _refused(what: str, error: ClientError) -> SamovarError:
    """What the container refused a call with, or EndpointFailed where it cannot be read."""
    response: dict[str, Any] = dict(error.response)
    said: Any = None
    with suppress(ValueError):
        said = json.loads(str(response.get("OriginalMessage", "")))
    if isinstance(said, dict) and isinstance(said.get("code"), str):
        return error_of(said["code"], str(said.get("error", "")))
    return EndpointFailed(f"{what} answered {response.get('OriginalStatusCode')}: try again")
