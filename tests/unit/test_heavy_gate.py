"""How much the endpoint gets, and when it is left alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from samovar.errors import EndpointUnavailable, StorageUnavailable
from samovar.jobs import JobQuery, Source, State, claim, succeed

from tests.unit.heavy_world import ANSWER, HeavyWorld


@pytest.fixture
def world() -> HeavyWorld:
    return HeavyWorld()


def test_a_message_waits_longer_each_time_and_never_over_a_quarter_of_an_hour(
    world: HeavyWorld,
) -> None:
    waits = [world.dispatcher._gate.pause_s(count) for count in (1, 2, 3, 8, 9, 500)]
    assert waits == [5, 10, 20, 640, 900, 900]


def test_refusals_in_a_row_stop_claims_until_a_probe_is_taken(world: HeavyWorld) -> None:
    for at in range(12):
        world.submit(f"job-{at}")
    world.endpoint.trouble = [world.endpoint.away() for _ in range(100)]
    assert world.work(12) == 12
    assert len(world.endpoint.trouble) == 95
    assert world.table.writes == 10  # five claims, five releases; the others were left alone
    world.endpoint.trouble = []
    world.move(31)
    world.work(12)
    assert world.endpoint.taken == 12  # the probe was taken, and so were the others


def test_a_backlog_beyond_what_drains_in_time_stays_in_the_queue_at_no_write() -> None:
    world = HeavyWorld(slots=1, drain_ms=30_000)  # three jobs of 10 s
    for at in range(5):
        world.submit(f"job-{at}")
    assert world.work() == 2
    assert (world.endpoint.taken, world.table.writes) == (3, 3)
    assert len(world.queue) == 2
    for call in world.endpoint.waiting:
        world.results.finish(world.endpoint.answer(call, ANSWER))
    world.move(15)
    assert world.work() == 0
    assert world.endpoint.taken == 5


def test_another_process_counts_what_is_on_the_endpoint_already() -> None:
    world = HeavyWorld(slots=1, drain_ms=30_000)
    for at in range(3):
        world.submit(f"job-{at}")
    world.work()
    world.submit("late")
    world.dispatcher = world.new_dispatcher()
    assert world.work() == 1
    assert world.endpoint.taken == 3


def test_an_endpoint_with_nothing_to_do_takes_a_job_however_long() -> None:
    world = HeavyWorld(slots=1, drain_ms=1)
    world.submit()
    assert world.work() == 0


def test_higher_priorities_go_first() -> None:
    world = HeavyWorld(slots=1, drain_ms=10_000)
    world.submit("low")
    world.submit("high", priority=9)
    assert world.work() == 1
    assert world.call().id == "high.1"


def test_a_queue_that_cannot_postpone_is_no_trouble(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_receipt: str, _seconds: int) -> None:
        raise StorageUnavailable("not now")

    monkeypatch.setattr(world.queue, "postpone", away)
    world.submit()
    world.endpoint.trouble = [EndpointUnavailable("throttled")]
    assert world.work() == 1


def test_only_the_endpoints_own_jobs_count_as_its_backlog() -> None:
    world = HeavyWorld(slots=1, drain_ms=10_000)
    light = world.submit("light", source=Source("text/plain", b"x"))
    world.table.replace(claim(light, world.now_ms, 60_000))
    world.submit("heavy")
    messages: Sequence[Any] = [d for d in world.queue.receive() if d.job_id == "heavy"]
    assert world.dispatcher.run(messages, lambda: 60_000) == []


def test_an_endpoint_that_is_faster_than_expected_gets_more() -> None:
    world = HeavyWorld(slots=2, drain_ms=100_000)  # twenty jobs of 10 s, until it shows better
    for at in range(90):
        world.submit(f"job-{at}")
    world.work(90)
    assert len(world.endpoint.waiting) == 20
    for _ in range(60):  # two slots, one of them done each second: 2 s
        world.move(1)
        world.results.finish(world.endpoint.answer(world.endpoint.waiting[0], ANSWER))
        world.work(90)
    assert len(world.table.find(JobQuery(State.SUCCEEDED, limit=100)).jobs) == 60
    assert len(world.endpoint.waiting) == 30  # all that is left


def test_an_endpoint_that_is_slower_than_expected_gets_less() -> None:
    world = HeavyWorld(slots=1, drain_ms=100_000)  # ten jobs of 10 s
    for at in range(30):
        world.submit(f"job-{at}")
    world.work(30)
    assert len(world.endpoint.waiting) == 10
    for _ in range(6):  # 40 s each
        world.move(40)
        world.results.finish(world.endpoint.answer(world.endpoint.waiting[0], ANSWER))
    world.work(30)
    assert len(world.endpoint.waiting) == 4


def test_jobs_of_the_light_lane_say_nothing_of_the_endpoints_speed() -> None:
    world = HeavyWorld(slots=1, drain_ms=30_000)
    for at in range(10):
        job = world.submit(f"light-{at}", lane="light")
        claimed = claim(job, world.now_ms, 60_000)
        world.table.replace(claimed)
        world.table.replace(succeed(claimed, 1, world.now_ms, uri="", content_type=""))
    for delivery in world.queue.receive(10):
        world.queue.delete(delivery.receipt)
    for at in range(5):
        world.submit(f"job-{at}")
    world.work()
    assert len(world.endpoint.waiting) == 3
