"""What an event source mapping makes of a queue's messages, and of its function's answer.

Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS".
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EVENT_BYTES = 6 * 1024 * 1024
_RECORD_BYTES = 1024  # of a record beside its body and attributes


@dataclass(frozen=True, slots=True)
class QueueMapping:
    """A queue whose messages are a function's events."""

    function: str  # its logical name
    queue_url: str
    queue_arn: str
    batch: int = 10
    window_s: float = 0  # that a batch is waited for, from its first message
    most: int | None = None  # batches at once
    partial: bool = False  # the function names the messages that failed


@dataclass(frozen=True, slots=True)
class Message:
    """One received message, as SQS tells of it."""

    id: str
    receipt: str
    body: str
    md5: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # its sender's attributes

    @property
    def size(self) -> int:
        """Its bytes in an event, about."""
        return len(self.body.encode()) + len(str(self.own)) + _RECORD_BYTES


def event(mapping: QueueMapping, region: str, messages: Sequence[Message]) -> bytes:
    """The event that the function gets."""
    return json.dumps(
        {"Records": [_record(mapping, region, message) for message in messages]}
    ).encode()


def _record(mapping: QueueMapping, region: str, message: Message) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {name: _camel(value) for name, value in message.own.items()},
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.queue_arn,
        "awsRegion": region,
    }


def _camel(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: entry for name, entry in value.items()}


def fitting(messages: Sequence[Message], batch: int) -> int:
    """How many of them, from the first, make one event: at least one."""
    size = 0
    for count, message in enumerate(messages[:batch]):
        size += message.size
        if size > EVENT_BYTES and count:
            return count
    return min(len(messages), batch)


def done(mapping: QueueMapping, messages: Iterable[Message], answer: bytes) -> list[Message]:
    """The messages that a function without an error is done with: the others come again."""
    messages = list(messages)
    if not mapping.partial:
        return messages
    failed = _failures(answer)
    known = {message.id for message in messages}
    if failed is None or not failed <= known:
        return []  # an answer that is not understood: the whole batch has failed
    return [message for message in messages if message.id not in failed]


def _failures(answer: bytes) -> set[str] | None:
    """The messages that an answer names; None where it is senseless."""
    try:
        said = json.loads(answer or b"null")
        entries = (said or {}).get("batchItemFailures") or []
        names = {entry["itemIdentifier"] for entry in entries}
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return names if all(isinstance(name, str) and name for name in names) else None
