"""Jobs' ends on an SNS topic. The message is what a webhook's body is.

Its attributes `type` and `model` are for filter policies. A FIFO topic drops what it is told
twice within five minutes.
"""

from typing import Any, Protocol

from samovar.adapters.aws_errors import aws_errors
from samovar.job_events import Answer, Event

_WHAT = "the events' topic"
_FIFO = ".fifo"
_MAX_DEDUPLICATION = 128


class TopicClient(Protocol):
    """What is needed of boto3's client."""

    def publish(self, **named: Any) -> Any:
        """Publish a message."""
        ...


class Topic:
    """A sink: one topic, by its ARN."""

    def __init__(self, client: TopicClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def tell(self, event: Event) -> Answer:
        """200. Raises StorageUnavailable."""
        said = {"id": event.id, "type": event.type, "model": event.model}
        with aws_errors(_WHAT):
            self._client.publish(
                TopicArn=self._arn,
                Message=event.body.decode(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in said.items()
                },
                **self._once(event),
            )
        return Answer()

    def _once(self, event: Event) -> dict[str, str]:
        """What a FIFO topic wants: jobs have no order, and an event is itself at each try."""
        if not self._arn.endswith(_FIFO):
            return {}
        name = event.id[-_MAX_DEDUPLICATION:]
        return {"MessageGroupId": name, "MessageDeduplicationId": name}
