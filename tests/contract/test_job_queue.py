"""What every JobQueue promises: one in memory under a clock, SQS as moto and ministack have it.

A queue hides a message for a minute, a brief one for 2 seconds; it gives it out twice, and
then it is a dead letter.
"""

import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryJobQueue
from samovar.adapters.sqs import SqsJobQueue
from samovar.errors import StorageUnavailable
from samovar.jobs import Delivery
from samovar.ports import JobQueue

from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS
from tests.contract.wrapped import Wrapped

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


@pytest.fixture(
    params=[
        "memory",
        *CLOUDS,
    ]
)
def build(
    request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]
) -> Callable[[int], Bench]:
    if request.param == "memory":
        return in_memory
    return lambda visibility_s: in_sqs(clouds(request.param, "sqs"), visibility_s)


@pytest.fixture
def bench(build: Callable[[int], Bench]) -> Bench:
    return build(VISIBILITY_S)


@pytest.fixture
def brief(build: Callable[[int], Bench]) -> Bench:
    return build(BRIEF_S)


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


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_each_job_sent_is_delivered(bench: Bench, count: int) -> None:
    sent = [f"j{n:02}" for n in range(count)]
    bench.queue.send(sent)
    found = bench.drain()
    assert names(found) == sent
    assert {delivery.receive_count for delivery in found} <= {1}
    assert len({delivery.receipt for delivery in found}) == count
    assert len({delivery.message_id for delivery in found}) == count


def test_a_job_sent_twice_comes_twice(bench: Bench) -> None:
    bench.queue.send(["a", "a"])
    bench.queue.send(["a"])
    assert names(bench.drain()) == ["a", "a", "a"]


def test_a_delayed_message_comes_when_its_delay_is_over(bench: Bench) -> None:
    bench.queue.send(["later"], delay_s=1)
    bench.queue.send(["now"])
    assert names(bench.drain()) == ["now"]
    bench.sleep(1.2)
    assert "later" in names(bench.drain())


def test_what_is_not_deleted_comes_again_with_a_new_receipt_and_a_higher_count(
    brief: Bench,
) -> None:
    brief.queue.send(["a", "b"])
    first = {found.job_id: found for found in brief.drain()}
    brief.delete(first["a"].receipt)
    assert brief.drain() == []
    brief.sleep(BRIEF_S + 0.2)
    (again,) = brief.drain()
    assert (again.job_id, again.receive_count) == ("b", 2)
    assert again.message_id == first["b"].message_id
    assert again.receipt != first["b"].receipt


def test_a_postponed_message_is_hidden_for_so_long_from_then(brief: Bench) -> None:
    brief.queue.send(["long", "short"])
    found = {delivery.job_id: delivery for delivery in brief.drain()}
    brief.queue.postpone(found["long"].receipt, 60)
    brief.queue.postpone(found["short"].receipt, 0)
    assert names(brief.drain()) == ["short"]
    brief.sleep(BRIEF_S + 0.2)
    assert "long" not in names(brief.drain())


def test_a_message_that_was_received_too_often_is_a_dead_letter(bench: Bench) -> None:
    bench.queue.send(["poison"])
    for count in range(1, MAX_RECEIVES + 1):
        (found,) = bench.drain()
        assert found.receive_count == count
        bench.queue.postpone(found.receipt, 0)
    assert bench.drain() == []
    assert bench.dead() == ["poison"]


def test_a_message_that_is_gone_or_never_was_can_be_postponed_in_vain(bench: Bench) -> None:
    bench.queue.send(["a"])
    (found,) = bench.drain()
    bench.delete(found.receipt)
    bench.queue.postpone(found.receipt, 0)
    bench.queue.postpone("no receipt at all", 0)
    assert bench.drain() == []


def test_of_workers_at_one_queue_each_gets_messages_of_its_own(bench: Bench) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: bench.queue.send([f"j{n}{m}" for m in range(5)]), range(4)))
        batches = list(pool.map(lambda _: bench.drain(), range(4)))
    found = [delivery for batch in batches for delivery in batch]
    assert names(found) == sorted(f"j{n}{m}" for n in range(4) for m in range(5))


# What only the memory's can promise, and what only SQS can do.


def test_in_memory_an_old_receipt_has_no_effect() -> None:
    bench = in_memory()
    bench.queue.send(["a"])
    (old,) = bench.drain()
    bench.sleep(VISIBILITY_S)
    (new,) = bench.drain()
    bench.delete(old.receipt)
    bench.queue.postpone(old.receipt, 0)
    assert bench.drain() == []
    bench.queue.postpone(new.receipt, 0)
    assert bench.drain() == []
    assert bench.dead() == ["a"]


def test_in_memory_messages_come_in_the_order_sent_each_time() -> None:
    for _ in range(3):
        bench = in_memory()
        bench.queue.send([f"j{n}" for n in range(25)])
        assert [found.job_id for found in bench.drain()] == [f"j{n}" for n in range(25)]


class Picky:
    """An SQS that takes of each request only what `takes` says; the rest fails."""

    def __init__(self, takes: Callable[[list], list], *, silent: bool = False) -> None:
        self.taken: list[str] = []
        self.sizes: list[int] = []
        self._takes = takes
        self._silent = silent

    def send_message_batch(self, QueueUrl: str, Entries: list) -> dict:  # noqa: N803 - boto3's
        self.sizes.append(len(Entries))
        taken = self._takes(Entries)
        self.taken += [json.loads(entry["MessageBody"])["job"] for entry in taken]
        failed = [{"Id": e["Id"], "Code": "Busy"} for e in Entries if e not in taken]
        answer = {"Successful": [{"Id": entry["Id"]} for entry in taken]}
        return answer if self._silent else {**answer, "Failed": failed}


@pytest.mark.parametrize("silent", [False, True], ids=["failed", "not mentioned"])
def test_what_sqs_did_not_take_is_sent_again_and_nothing_else(silent: bool) -> None:
    picky = Picky(lambda entries: entries[::2], silent=silent)
    pauses: list[float] = []
    SqsJobQueue(picky, "url", pauses.append).send([f"j{n}" for n in range(11)])  # type: ignore[arg-type]  # stands for boto3's
    assert sorted(picky.taken) == sorted(f"j{n}" for n in range(11))
    assert picky.sizes == [10, 5, 2, 1, 1]
    assert pauses == sorted(pauses)


def test_what_sqs_never_takes_is_told() -> None:
    picky = Picky(lambda entries: entries[1:])
    with pytest.raises(StorageUnavailable, match="did not take 1 of its messages"):
        SqsJobQueue(picky, "url", lambda _: None).send(["a", "b"])  # type: ignore[arg-type]  # stands for boto3's
    assert picky.taken == ["b"]


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Any:
    return clouds(request.param, "sqs")


def test_delays_and_hiding_times_beyond_those_of_sqs_are_its_longest(cloud: Any) -> None:
    calls: list[dict] = []
    url, _ = new_queue(cloud)
    queue = SqsJobQueue(Wrapped(cloud, lambda name, args, named: calls.append(named)), url)
    queue.send(["a"], delay_s=100_000)
    queue.send(["b"])
    (message,) = cloud.receive_message(QueueUrl=url)["Messages"]
    queue.postpone(message["ReceiptHandle"], 1_000_000)
    assert calls[0]["Entries"][0]["DelaySeconds"] == 900
    assert calls[2]["VisibilityTimeout"] == 43_200


@pytest.mark.parametrize(
    "ask",
    [lambda queue: queue.send(["a"]), lambda queue: queue.postpone("r", 1)],
    ids=["send", "postpone"],
)
def test_a_queue_that_is_away_gone_or_busy_is_unavailable(
    cloud: Any, closed_port: int, ask: Callable[[JobQueue], object]
) -> None:
    def throttle(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "RequestThrottled"}}, "SendMessageBatch")

    gone, _ = new_queue(cloud)
    cloud.delete_queue(QueueUrl=gone)
    away = aws_client("sqs", f"http://127.0.0.1:{closed_port}")
    for client in (cloud, away, Wrapped(cloud, throttle)):
        with pytest.raises(StorageUnavailable, match="the jobs queue"):
            ask(SqsJobQueue(client, gone))
