"""Queues as event sources: batches, windows, and what becomes of the messages."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled
from samovar_cli.twin.mappings import Message, QueueMapping, done, event, fitting
from samovar_cli.twin.poller import Poller, QueueLost

MAPPING = QueueMapping("Worker", "http://q", "arn:aws:sqs:us-east-1:0:q", batch=32, partial=True)
MESSAGES = [Message(f"m{number}", f"r{number}", f"body {number}") for number in range(3)]


def ids(messages: Sequence[Message]) -> list[str]:
    return [message.id for message in messages]


def test_a_record_has_the_documented_fields() -> None:
    own = {"Sender": {"StringValue": "me", "DataType": "String"}}
    count = {"ApproximateReceiveCount": "2"}
    message = Message("m", "r", "body", "md5", count, own)
    (record,) = json.loads(event(MAPPING, "us-east-1", [message]))["Records"]
    assert record == {
        "messageId": "m",
        "receiptHandle": "r",
        "body": "body",
        "attributes": count,
        "messageAttributes": {"Sender": {"stringValue": "me", "dataType": "String"}},
        "md5OfBody": "md5",
        "eventSource": "aws:sqs",
        "eventSourceARN": MAPPING.queue_arn,
        "awsRegion": "us-east-1",
    }


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}']
)
def test_an_answer_without_failures_is_a_success_of_all(answer: bytes) -> None:
    assert done(MAPPING, MESSAGES, answer) == MESSAGES


def test_messages_that_an_answer_names_are_kept() -> None:
    answer = b'{"batchItemFailures": [{"itemIdentifier": "m1"}]}'
    assert ids(done(MAPPING, MESSAGES, answer)) == ["m0", "m2"]


@pytest.mark.parametrize(
    "answer",
    [
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"itemIdentifer": "m1"}]}',
        b'{"batchItemFailures": [{"itemIdentifier": "never was"}]}',
        b'{"batchItemFailures": "m1"}',
        b'["m1"]',
        b"m1",
    ],
)
def test_an_answer_that_is_not_understood_is_a_failure_of_all(answer: bytes) -> None:
    assert done(MAPPING, MESSAGES, answer) == []


def test_without_partial_answers_whatever_is_answered_is_a_success() -> None:
    whole = QueueMapping("Worker", "http://q", "arn", partial=False)
    assert done(whole, MESSAGES, b'{"batchItemFailures": [{"itemIdentifier": "m1"}]}') == MESSAGES


def test_an_event_has_as_many_messages_as_six_megabytes_hold() -> None:
    large = [Message(str(number), "r", "x" * 1024 * 1024) for number in range(8)]
    assert fitting(large, 32) == 5
    assert fitting(large, 2) == 2
    assert fitting([Message("m", "r", "x" * 7 * 1024 * 1024)], 32) == 1
    assert fitting([], 32) == 0


class Waiting:
    """A queue of messages that are there, or come one with each look; it may be lost at first."""

    def __init__(self, messages: Sequence[Message], each: int = 10, lost: int = 0) -> None:
        self.messages = list(messages)
        self.deleted: list[str] = []
        self._each = each
        self._lost = lost

    def receive(self, most: int, wait_s: int) -> list[Message]:
        if self._lost:
            self._lost -= 1
            raise QueueLost("not there yet")
        count = min(most, self._each)
        given, self.messages = self.messages[:count], self.messages[count:]
        return given

    def delete(self, messages: Sequence[Message]) -> None:
        self.deleted += ids(messages)


class Worker:
    """A function that keeps the sizes of its batches."""

    def __init__(self, *outcomes: Outcome | Throttled) -> None:
        self.batches: list[int] = []
        self.together = 0
        self._outcomes = list(outcomes)
        self._running = 0

    async def deliver(self, _function: str, invocation: Invocation) -> Outcome | Throttled:
        self.batches.append(len(json.loads(invocation.event)["Records"]))
        self._running += 1
        self.together = max(self.together, self._running)
        await asyncio.sleep(0.05)
        self._running -= 1
        return self._outcomes.pop(0) if self._outcomes else Outcome(b"{}")


def poll(queue: Waiting, worker: Worker, until: Any, slots: int = 2, **mapping: Any) -> None:
    asked = {"batch": 32, "window_s": 0.2, "partial": True} | mapping

    async def run() -> None:
        poller = Poller(QueueMapping("W", "http://q", "arn", **asked), queue, worker.deliver, slots)
        poller.start()
        async with asyncio.timeout(10):
            while not until():
                await asyncio.sleep(0.01)
        await poller.stop()

    asyncio.run(run())


def many(count: int) -> list[Message]:
    return [Message(f"m{number}", f"r{number}", "body") for number in range(count)]


def test_a_batch_is_as_large_as_the_mapping_says_though_sqs_gives_ten() -> None:
    queue, worker = Waiting(many(70)), Worker()
    poll(queue, worker, lambda: len(queue.deleted) == 70)
    assert worker.batches == [32, 32, 6]


def test_a_window_gathers_messages_that_come_one_by_one() -> None:
    queue, worker = Waiting(many(5), each=1), Worker()
    poll(queue, worker, lambda: len(queue.deleted) == 5)
    assert worker.batches == [5]


def test_without_a_window_a_batch_is_what_there_is() -> None:
    queue, worker = Waiting(many(3), each=1), Worker()
    poll(queue, worker, lambda: len(queue.deleted) == 3, window_s=0.0)
    assert worker.batches == [1, 1, 1]


def test_no_more_batches_are_at_work_than_the_mapping_and_the_machine_allow() -> None:
    for slots, most in ((3, 2), (2, 3), (2, None)):
        queue, worker = Waiting(many(60)), Worker()
        poll(queue, worker, lambda q=queue: len(q.deleted) == 60, slots, batch=5, most=most)
        assert worker.together == 2


def test_messages_of_a_failed_batch_are_not_deleted() -> None:
    queue, worker = Waiting(many(4)), Worker(Outcome(b"{}", "Unhandled"))
    poll(queue, worker, lambda: len(queue.deleted) == 2, batch=2, window_s=0.0)
    assert len(worker.batches) == 2


def test_a_throttled_batch_is_told_again() -> None:
    queue, worker = Waiting(many(1)), Worker(Throttled())
    poll(queue, worker, lambda: queue.deleted == ["m0"])
    assert worker.batches == [1, 1]


def test_a_queue_that_is_lost_is_asked_again() -> None:
    queue, worker = Waiting(many(1), lost=1), Worker()
    poll(queue, worker, lambda: queue.deleted == ["m0"])
