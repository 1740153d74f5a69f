"""What every Sink promises: webhooks, EventBridge and SNS as moto and ministack have them."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from samovar.adapters.eventbridge import EventBus
from samovar.adapters.memory import MemoryClock
from samovar.adapters.sns import Topic
from samovar.adapters.webhook import Webhooks
from samovar.adapters.webhook_keys import GivenKeys
from samovar.addresses import read_rule
from samovar.errors import StorageUnavailable, Unavailable
from samovar.job_events import Answer, Event, event_of
from samovar.jobs import Job, Source, cancel
from samovar.ports import Sink

from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS
from tests.unit.adapters.hook_receiver import Heard, Receiver, answering, said

SECRET = "whsec_" + "c2VjcmV0" * 5
Clouds = Callable[[str, str], Any]


@dataclass
class Bench:
    """A sink, what came of what it was told, and the same sink where nobody is."""

    sink: Sink
    told: Callable[[], list[Any]]
    away: Sink
    webhook: str = ""


@pytest.fixture(params=CLOUDS)
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(
    params=["webhook", "eventbridge-moto", "eventbridge-ministack", "sns-moto", "sns-ministack"]
)
def bench(request: pytest.FixtureRequest, clouds: Clouds, closed_port: int) -> Any:
    kind, _, cloud = request.param.partition("-")
    if kind != "webhook":
        away = f"http://127.0.0.1:{closed_port}"
        yield {"eventbridge": on_a_bus, "sns": on_a_topic}[kind](clouds, cloud, away)
        return
    heard: list[Heard] = []
    with Receiver(answering(heard, said("200 OK"))) as receiver:
        hook = Webhooks(GivenKeys(SECRET), read_rule("http://127.0.0.1"), MemoryClock())
        url = f"http://127.0.0.1:{receiver.port}/hook"
        yield Bench(hook, lambda: [json.loads(each.body) for each in heard], hook, url)


def inbox(clouds: Clouds, cloud: str) -> tuple[str, Callable[[], list[Any]]]:
    """A queue's ARN, and the bodies of what comes to it."""
    sqs = clouds(cloud, "sqs")
    url = sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
    said = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    def received() -> list[Any]:
        found: list[Any] = []
        for _ in range(50):
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            found += [json.loads(message["Body"]) for message in answer.get("Messages", [])]
            if found:
                break
            time.sleep(0.02)
        return found

    return said["Attributes"]["QueueArn"], received


def on_a_bus(clouds: Clouds, cloud: str, away: str) -> Bench:
    client, bus = clouds(cloud, "events"), uuid.uuid4().hex
    arn, received = inbox(clouds, cloud)
    client.create_event_bus(Name=bus)
    pattern = {"source": ["samovar"], "detail-type": ["job.cancelled"]}
    client.put_rule(Name=bus, EventBusName=bus, EventPattern=json.dumps(pattern))
    client.put_targets(Rule=bus, EventBusName=bus, Targets=[{"Id": "inbox", "Arn": arn}])
    lost = EventBus(aws_client("events", away), bus)
    return Bench(EventBus(client, bus), lambda: [e["detail"] for e in received()], lost)


def on_a_topic(clouds: Clouds, cloud: str, away: str) -> Bench:
    client = clouds(cloud, "sns")
    arn, received = inbox(clouds, cloud)
    topic = client.create_topic(Name=uuid.uuid4().hex)["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    lost = Topic(aws_client("sns", away), topic)
    return Bench(Topic(client, topic), lambda: [json.loads(e["Message"]) for e in received()], lost)


def event(webhook: str = "") -> Event:
    source = Source("text/plain", b"hello")
    job = Job("a", "mood", "1", source, 1_700_000_000_000, webhook=webhook, tags={"ü": "ß"})
    return event_of(cancel(job, 1_700_000_001_000))


def test_what_is_told_arrives_whole(bench: Bench) -> None:
    told = event(bench.webhook)
    assert bench.sink.tell(told).status == 200
    assert bench.told() == [json.loads(told.body)]


def test_what_is_told_twice_arrives_with_one_id(bench: Bench) -> None:
    for _ in range(2):
        bench.sink.tell(event(bench.webhook))
    found = bench.told()
    while len(found) < 2:
        found += bench.told() or pytest.fail("it came once")
    assert {each["id"] for each in found} == {"a-cancelled-0"}


def test_a_sink_that_is_away_may_be_there_later(bench: Bench, closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/" if bench.webhook else ""
    with pytest.raises(Unavailable):
        bench.away.tell(event(url))


def test_a_bus_or_a_topic_that_is_not_there_is_told_by_its_error(
    where: str, clouds: Clouds
) -> None:
    arn = "arn:aws:sns:eu-central-1:000000000000:nobodys"
    with pytest.raises(StorageUnavailable):
        Topic(clouds(where, "sns"), arn).tell(event())


def test_an_entry_that_failed_in_a_call_that_did_not_is_an_error() -> None:
    class Picky:
        def put_events(self, *, Entries: list) -> dict:  # noqa: N803 - boto3's
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}

    with pytest.raises(StorageUnavailable, match="ThrottlingException"):
        EventBus(Picky(), "bus").tell(event())


def test_a_topic_in_order_is_told_what_is_the_same() -> None:
    class Kept:
        def __init__(self) -> None:
            self.said: dict[str, Any] = {}

        def publish(self, **named: Any) -> None:
            self.said = named

    kept = Kept()
    assert Topic(kept, "arn:aws:sns:eu-central-1::ends.fifo").tell(event()) == Answer()
    assert kept.said["MessageDeduplicationId"] == "a-cancelled-0"
    assert kept.said["MessageAttributes"]["type"]["StringValue"] == "job.cancelled"
