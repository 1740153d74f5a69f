"""A queue of the AWS emulator, as a poller sees it."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from samovar_cli.twin.deployment import client
from samovar_cli.twin.mappings import Message
from samovar_cli.twin.poller import QueueLost

_DELETE = 10  # messages that SQS forgets at once


class EmulatedQueue:
    """One queue by its URL. It blocks."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._url = queue_url

    def receive(self, most: int, wait_s: int) -> list[Message]:
        """Up to 10 messages; none after so long. Raises QueueLost."""
        try:
            said = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=most,
                WaitTimeSeconds=wait_s,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueLost(str(error)) from None
        return [_message(entry) for entry in said.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> None:
        """Forget messages. Raises QueueLost."""
        for start in range(0, len(messages), _DELETE):
            entries = [
                {"Id": str(number), "ReceiptHandle": message.receipt}
                for number, message in enumerate(messages[start : start + _DELETE])
            ]
            try:
                self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError) as error:
                raise QueueLost(str(error)) from None


def queues(aws_url: str, queue_urls: Sequence[str]) -> list[EmulatedQueue]:
    """The queues, which share a client."""
    sqs = client("sqs", aws_url)
    return [EmulatedQueue(sqs, queue_url) for queue_url in queue_urls]


def _message(entry: dict[str, Any]) -> Message:
    return Message(
        id=entry["MessageId"],
        receipt=entry["ReceiptHandle"],
        body=entry["Body"],
        md5=entry.get("MD5OfBody", ""),
        attributes=entry.get("Attributes", {}),
        own=entry.get("MessageAttributes", {}),
    )
