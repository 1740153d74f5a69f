"""What every JobQueue promises: one in memory under a clock, SQS as moto and ministack have it.

A queue hides a message for a minute, a brief one for 2 seconds; it gives it out twice, and
then it is a dead letter.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.places import CLOUDS
from tests.contract.queues import (
    BRIEF_S,
    MAX_RECEIVES,
    VISIBILITY_S,
    Bench,
    in_memory,
    in_sqs,
    names,
)


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


# What only the memory's can promise.


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
