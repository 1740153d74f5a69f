"""The queue's door: messages that name jobs → the runner → the messages that must come again.

The answer is read by Lambda's event source mapping, with ReportBatchItemFailures: an empty
list deletes the whole batch, a name in it keeps that message, and a malformed answer or an
exception keeps them all. Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import orjson

from samovar.edges.observe import Exchange, Observer
from samovar.jobs import Delivery

_NO_CONTEXT_MS = 30_000


class Worker(Protocol):
    """What does the work: the light lane's runner, the heavy lane's dispatcher."""

    def run(
        self, deliveries: Sequence[Delivery], time_left_ms: Callable[[], int]
    ) -> list[Delivery]:
        """Do what there is time for. The deliveries that the queue must keep."""
        ...


class WorkerDoor:
    """A Lambda handler for a queue of jobs."""

    def __init__(self, runner: Worker, observer: Observer) -> None:
        self._runner = runner
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The messages that the queue is to keep. Never raises: a fault keeps them all."""
        start = self._observer.start()
        function_id = getattr(context, "aws_request_id", "")
        seen = Exchange("sqs", function_id, function_id, action="run")
        deliveries = self._read(event, function_id)
        try:
            kept = self._runner.run(deliveries, _time_left(context))
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            self._observer.fault(function_id, error)
            seen.code = "internal_error"
            seen.status = 500
            kept = deliveries
        seen.items, seen.kept = len(deliveries), len(kept)
        self._observer.finish(start, seen)
        return {"batchItemFailures": [{"itemIdentifier": each.message_id} for each in kept]}

    def _read(self, event: Mapping[str, Any], function_id: str) -> list[Delivery]:
        """The deliveries of an event. A message that names no job is told of, and consumed."""
        found = []
        records = event.get("Records") if isinstance(event, dict) else None
        for record in records if isinstance(records, list) else []:
            delivery = _delivery(record)
            if delivery is None:
                name = str(record.get("messageId", "")) if isinstance(record, dict) else ""
                self._observer.refuse(function_id, "a message names no job", message_id=name)
            else:
                found.append(delivery)
        return found


def _delivery(record: Any) -> Delivery | None:
    """The delivery of a record; None where its body is not `{"job": "<id>"}`."""
    try:
        job_id = orjson.loads(record["body"])["job"]
        count = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        found = Delivery(job_id, record["receiptHandle"], record["messageId"], count)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return found if isinstance(job_id, str) and job_id else None


def _time_left(context: Any) -> Callable[[], int]:
    left: Callable[[], int] | None = getattr(context, "get_remaining_time_in_millis", None)
    return left or (lambda: _NO_CONTEXT_MS)
