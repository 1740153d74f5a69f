"""What only SQS can do: take half of a batch, know longest times, be away."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from samovar.adapters.sqs import SqsJobQueue
from samovar.errors import StorageUnavailable
from samovar.ports import JobQueue

from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS
from tests.contract.queues import new_queue
from tests.contract.wrapped import Wrapped


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
