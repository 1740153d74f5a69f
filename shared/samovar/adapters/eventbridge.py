"""Jobs' ends on an EventBridge bus, for rules to match.

`source` is `samovar`, `detail-type` the event's type, `detail` what a webhook's body is: its
`id` is the same at every try, which is what tells a duplicate.
"""

from datetime import UTC, datetime
from typing import Any, Protocol

from samovar.adapters.aws_errors import aws_errors
from samovar.errors import StorageUnavailable
from samovar.job_events import Answer, Event

_WHAT = "the event bus"
SOURCE = "samovar"


class EventsClient(Protocol):
    """What is needed of boto3's client."""

    def put_events(self, *, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803 - boto3's name
        """Put events on buses."""
        ...


class EventBus:
    """A sink: one bus."""

    def __init__(self, client: EventsClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def tell(self, event: Event) -> Answer:
        """200. Raises StorageUnavailable; one entry can fail in a call that does not."""
        entry = {
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": event.body.decode(),
            "Time": datetime.fromtimestamp(event.at_ms / 1000, UTC),
            "EventBusName": self._bus,
        }
        with aws_errors(_WHAT):
            answer = self._client.put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            code = answer["Entries"][0].get("ErrorCode", "nothing")
            raise StorageUnavailable(f"{_WHAT} answered {code}: try again")
        return Answer()
