"""Where jobs wait: an SQS queue. A message is {"job": id} and says nothing else."""

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from samovar.adapters.aws_errors import aws_errors
from samovar.errors import SamovarError, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_WHAT = "the jobs queue"
_BATCH = 10
_TRIES = 4
_FIRST_PAUSE_S = 0.05
MAX_DELAY_S = 900
MAX_VISIBILITY_S = 43_200
_GONE = ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue")
"""A message that was deleted, or is in other hands by now: there is nothing to hide."""


class SqsJobQueue:
    """The messages of one queue. A request for ten messages costs one, and each postponement."""

    def __init__(
        self, client: "SQSClient", url: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._url = url
        self._pause = pause

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        """Queue a message for each job, in tens; SQS delays by 15 minutes at most.

        Raises StorageUnavailable when any could not be sent; the others are.
        """
        delay_s = min(max(delay_s, 0), MAX_DELAY_S)
        for start in range(0, len(job_ids), _BATCH):
            self._send(job_ids[start : start + _BATCH], delay_s)

    def postpone(self, receipt: str, seconds: int) -> None:
        """Hide a message that is being worked on for so long from now; 12 hours at most."""
        seconds = min(max(seconds, 0), MAX_VISIBILITY_S)
        try:
            with aws_errors(_WHAT, dict.fromkeys(_GONE, _Gone())):
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
        except _Gone:
            return

    def _send(self, job_ids: Sequence[str], delay_s: int) -> None:
        """One request, and again with those that SQS did not say it took."""
        left: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(at), "MessageBody": json.dumps({"job": job_id}), "DelaySeconds": delay_s}
            for at, job_id in enumerate(job_ids)
        ]
        for tried in range(_TRIES):
            if tried:
                self._pause(_FIRST_PAUSE_S * 2**tried)
            with aws_errors(_WHAT):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=left)
            taken = {entry["Id"] for entry in answer.get("Successful", [])}
            left = [entry for entry in left if entry["Id"] not in taken]
            if not left:
                return
        raise StorageUnavailable(f"{_WHAT} did not take {len(left)} of its messages: try again")


class _Gone(SamovarError):
    """The message is in nobody's hands, or in another's."""
