"""Queues under test: one in memory under a clock, and SQS wherever it is emulated."""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryJobQueue
from samovar.adapters.sqs import SqsJobQueue
from samovar.jobs import Delivery
from samovar.ports import JobQueue

VISIBILITY_S = 60
BRIEF_S = 2
MAX_RECEIVES = 2


@dataclass
class Bench:
    """A queue under test, and a worker's side of it."""

    queue: JobQueue
    receive: Callable[[], list[Delivery]]
    delete: Callable[[str], object]
    dead: Callable[[], list[str]]
    sleep: Callable[[float], object]

    def drain(self) -> list[Delivery]:
        """All that is visible now."""
        found: list[Delivery] = []
        while batch := self.receive():
            found += batch
        return found


def in_memory(visibility_s: int = VISIBILITY_S) -> Bench:
    clock = MemoryClock()
    queue = MemoryJobQueue(clock, visibility_s, MAX_RECEIVES)
    return Bench(
        queue,
        queue.receive,
        queue.delete,
        lambda: list(queue.dead_letters),
        lambda seconds: clock.move(int(seconds * 1e9)),
    )


def in_sqs(client: Any, visibility_s: int) -> Bench:
    url, dead = new_queue(client, visibility_s)

    def receive(at: str = url) -> list[Delivery]:
        answer = client.receive_message(
            QueueUrl=at,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [delivery_of(message) for message in answer.get("Messages", [])]

    return Bench(
        SqsJobQueue(client, url),
        receive,
        lambda receipt: client.delete_message(QueueUrl=url, ReceiptHandle=receipt),
        lambda: [found.job_id for found in receive(dead)],
        time.sleep,
    )


def new_queue(client: Any, visibility_s: int = VISIBILITY_S) -> tuple[str, str]:
    """The addresses of a queue and of its dead letters."""
    name = uuid.uuid4().hex
    dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    target = arn["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": target, "maxReceiveCount": str(MAX_RECEIVES)}
    attributes = {
        "VisibilityTimeout": str(visibility_s),
        "RedrivePolicy": json.dumps(redrive),
    }
    made = client.create_queue(QueueName=name, Attributes=attributes)
    return made["QueueUrl"], dead


def delivery_of(message: Any) -> Delivery:
    body = json.loads(message["Body"])
    assert list(body) == ["job"]
    return Delivery(
        body["job"],
        message["ReceiptHandle"],
        message["MessageId"],
        int(message["Attributes"]["ApproximateReceiveCount"]),
    )


def names(deliveries: list[Delivery]) -> list[str]:
    return sorted(found.job_id for found in deliveries)
