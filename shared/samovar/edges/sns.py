"""The endpoint's door: SageMaker tells by SNS what became of a call → the job's end.

A message of success:

    {"awsRegion", "eventTime", "receivedTime", "invocationStatus": "Completed",
     "requestParameters": {"contentType", "endpointName", "inputLocation"},
     "responseParameters": {"contentType", "outputLocation"},
     "inferenceId", "eventVersion": "1.0", "eventSource": "aws:sagemaker",
     "eventName": "InferenceResult"}

and one of failure has `"invocationStatus": "Failed"` and `"failureReason"`, such as
"ClientError: Received server error (500) from model. …", in the place of the response.
Where the endpoint's configuration includes answers, `responseBody` has up to 128 KB of them,
as `{"content", "encoding"}`.
Source: Amazon SageMaker developer guide, "Check prediction results"; the failure's form as it
is written down in SageMaker's own samples for geospatial batches; API reference,
"AsyncInferenceNotificationConfig".

A notice that cannot be read is told of in the log and consumed: the sweeper looks for what it
was about. One that cannot be kept now is told again by SNS, or by the queue behind it.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from samovar.edges.messages import status_of
from samovar.edges.observe import Exchange, Observer
from samovar.errors import MalformedBody, SamovarError
from samovar.heavy_results import HeavyResults, Notice
from samovar.values import dataclass

_STATUS = {"Completed": True, "Failed": False}


@dataclass(frozen=True, slots=True)
class _Record:
    """A message, and by what name its queue keeps it; none where SNS itself calls."""

    message: Any
    message_id: str = ""


class ResultDoor:
    """A Lambda handler for the endpoint's topics, or for a queue that they feed."""

    def __init__(self, results: HeavyResults, observer: Observer) -> None:
        self._results = results
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The messages that the queue is to keep.

        Raises Unavailable where SNS itself called and is to tell again.
        """
        function_id = getattr(context, "aws_request_id", "")
        kept = []
        failed: SamovarError | None = None
        for record in _records(event):
            try:
                self._take(record, function_id)
            except SamovarError as error:
                if record.message_id:
                    kept.append({"itemIdentifier": record.message_id})
                else:
                    failed = error
        if failed is not None:
            raise failed
        return {"batchItemFailures": kept}

    def _take(self, record: _Record, function_id: str) -> None:
        """Finish what one record tells of. Raises SamovarError where it is to come again."""
        start = self._observer.start()
        seen = Exchange("sns", function_id, function_id, action="finish")
        try:
            notice = _notice(record.message)
            seen.request_id = notice.call_id
            seen.action = self._results.finish(notice)
        except SamovarError as error:
            seen.code = error.code
            seen.status = status_of(error)
            if error.retryable:
                raise
            self._observer.refuse(function_id, f"a notice is none: {error.message}")
        except Exception as error:  # noqa: BLE001 - one notice's fault is not the others'
            self._observer.fault(function_id, error)
            seen.code = "internal_error"
            seen.status = 500
            raise SamovarError("internal error; see the log") from None
        finally:
            self._observer.finish(start, seen)


def _records(event: Any) -> Iterator[_Record]:
    """The messages of an event: SNS's own, or a queue's that hold SNS's envelope or not."""
    records = event.get("Records") if isinstance(event, dict) else None
    for record in records if isinstance(records, list) else []:
        if not isinstance(record, dict):
            yield _Record(None)
        elif "Sns" in record:
            yield _Record(_inner(record["Sns"]))
        else:
            yield _Record(_inner(_parsed(record.get("body"))), str(record.get("messageId", "")))


def _inner(envelope: Any) -> Any:
    """What SNS's envelope holds; a queue may be told to leave the envelope off."""
    if isinstance(envelope, dict) and "Message" in envelope:
        return _parsed(envelope["Message"])
    return envelope


def _parsed(text: Any) -> Any:
    """Text as JSON; None for what is none."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError):
        return None


def _notice(message: Any) -> Notice:
    """The notice that a message is. Raises MalformedBody."""
    if not isinstance(message, dict):
        raise MalformedBody("the message is not a JSON object")
    status = message.get("invocationStatus")
    if not isinstance(status, str) or status not in _STATUS:
        raise MalformedBody(f"invocationStatus is {str(status)[:40]!r}, not Completed or Failed")
    ok = _STATUS[status]
    place = _text(message, ("responseParameters", "outputLocation"))
    return Notice(
        call_id=_text(message, ("inferenceId",)),
        ok=ok,
        output_uri=place if ok else "",
        content_type=_text(message, ("responseParameters", "contentType")),
        failure_uri="" if ok else place or _text(message, ("failureLocation",)),
        said=b"" if ok else _content(message.get("responseBody")),
        reason=_text(message, ("failureReason",)),
    )


def _text(message: Any, path: Sequence[str]) -> str:
    """The text at a path; "" where there is none."""
    for key in path:
        message = message.get(key) if isinstance(message, dict) else None
    return message if isinstance(message, str) else ""


def _content(body: Any) -> bytes:
    """What the container said, where the notice includes it."""
    content = _text(body, ("content",))
    if _text(body, ("encoding",)).upper() != "BASE64":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return b""
