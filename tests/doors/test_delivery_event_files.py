"""The events of functions/job_events, through its own handler, against moto's AWS."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from samovar import wiring
from samovar.adapters.clock import SystemClock
from samovar.adapters.dynamodb import TABLE
from samovar.errors import SettingsInvalid
from samovar.jobs import Job, Source, cancel
from samovar.ports import JobPorts
from samovar.settings import read_settings

from tests.house.template_file import ROOT
from tools.job_events import BUCKET

Context = Callable[[], Any]


@pytest.fixture
def environment(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The function's variables; what is told to the topic comes to the queue `inbox`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    table, sqs, sns = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("sns")
    table.create_table(TableName="jobs", **TABLE)
    events, inbox = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("events", "inbox"))
    arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name="ends")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    yield {
        "SAMOVAR_JOBS_TABLE": "jobs",
        "SAMOVAR_JOBS_QUEUE_URL": "https://queue.test/light",
        "SAMOVAR_DATA_BUCKET": BUCKET,
        "SAMOVAR_EVENTS_QUEUE_URL": events,
        "SAMOVAR_SINKS": "sns,eventbridge",
        "SAMOVAR_EVENT_TOPIC": topic,
        "SAMOVAR_EVENT_BUS": "default",
    }
    table.delete_table(TableName="jobs")
    sns.delete_topic(TopicArn=topic)
    for url in (events, inbox):
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def ports(environment: dict[str, str]) -> JobPorts:
    """The jobs that the events name."""
    ports = wiring.job_ports(read_settings(environment))
    now_ms = SystemClock().now_ns() // 1_000_000
    for name in ("ended", "waiting"):
        source = Source("text/plain", b"a")
        job = Job(name, "mood", "", source, now_ms, changed_ms=now_ms, owed=("eventbridge", "sns"))
        assert ports.table.create(job)
        if name == "ended":
            assert ports.table.replace(cancel(job, now_ms))
    return ports


def told() -> list[str]:
    """The events that came to the inbox."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(json.loads(message["Body"])["Message"])["id"] for message in found]


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("tell", ["ended-cancelled-0"]),
        ("duplicate", ["ended-cancelled-0"]),
        ("malformed", ["ended-cancelled-0"]),
        ("not-over", []),
        ("forgotten", []),
    ],
)
def test_ends_are_told_and_messages_consumed(
    name: str, events: list[str], ports: JobPorts, environment: dict[str, str], context: Context
) -> None:
    handler = wiring.events_handler(environment)
    event = json.loads((ROOT / "events" / "job_events" / f"{name}.json").read_text())
    assert handler(event, context()) == {"batchItemFailures": []}
    assert handler(event, context()) == {"batchItemFailures": []}
    assert told() == events
    ended = ports.table.get("ended")
    assert ended is not None
    assert [each.sink for each in ended.deliveries] == ["eventbridge", "sns"][: 2 * len(events)]
    assert (ended.owed == ()) == bool(events)


@pytest.mark.parametrize(("sink", "missing"), [("sns", "TOPIC"), ("webhook", "SECRET_ARN")])
def test_a_sink_that_cannot_be_told_is_noticed_when_the_function_starts(
    environment: dict[str, str], sink: str, missing: str
) -> None:
    left = {key: value for key, value in environment.items() if missing not in key}
    with pytest.raises(SettingsInvalid, match=missing):
        wiring.events_handler({**left, "SAMOVAR_SINKS": sink})
