"""Notices that never came: the bucket tells what became of calls, or their leases do."""

import pytest
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.jobs import State

from tests.unit.heavy_world import ANSWER, HeavyWorld, calling_world

LEASE_S = 3600 + 900 + 60


@pytest.fixture
def world() -> HeavyWorld:
    return calling_world()


def test_an_answer_whose_notice_was_lost_is_found(world: HeavyWorld) -> None:
    world.endpoint.answer(world.call(), ANSWER)
    assert world.sweeper.sweep() == 0  # there is time for its notice yet
    world.move(301)
    assert world.sweeper.sweep() == 1
    job = world.job()
    assert (job.state, job.result_type) == (State.SUCCEEDED, "application/json")
    assert world.table.writes == 2


def test_an_error_whose_notice_was_lost_is_found(world: HeavyWorld) -> None:
    world.endpoint.refuse(world.call(), InvalidInput("a WAV, please"))
    world.move(301)
    assert world.sweeper.sweep() == 1
    failure = world.job().failure
    assert failure is not None
    assert failure.code == "invalid_input"


def test_a_call_that_is_still_awaited_is_left_alone(world: HeavyWorld) -> None:
    world.move(LEASE_S - 1)
    assert world.sweeper.sweep() == 0
    assert world.table.writes == 1


def test_a_call_that_is_never_answered_is_made_again_three_times_at_most(
    world: HeavyWorld,
) -> None:
    for attempt in (1, 2, 3):
        assert world.job().attempt == attempt
        world.move(LEASE_S)
        assert world.sweeper.sweep() == 1
        world.move(900)
        world.work()
    failure = world.job().failure
    assert world.job().state is State.FAILED
    assert failure is not None
    assert failure.code == "endpoint_failed"


def test_a_late_notice_of_a_lost_call_still_counts_while_no_other_attempt_has_begun(
    world: HeavyWorld,
) -> None:
    call = world.call()
    world.move(LEASE_S)
    world.sweeper.sweep()
    assert world.job().state is State.QUEUED
    world.results.finish(world.endpoint.answer(call, ANSWER))
    assert world.job().state is State.SUCCEEDED


def test_storage_that_is_away_leaves_the_rest_to_the_next_look(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_uri: str) -> None:
        raise StorageUnavailable("not now")

    world.endpoint.answer(world.call(), ANSWER)
    world.move(301)
    monkeypatch.setattr(world.blobs, "head", away)
    assert world.sweeper.sweep() == 0
    monkeypatch.undo()
    assert world.sweeper.sweep() == 1


def test_of_very_many_each_is_looked_at_every_so_often() -> None:
    world = HeavyWorld(slots=1000)
    for at in range(300):
        world.submit(f"job-{at}")
    while world.work(100) or len(world.queue):
        pass
    for call in world.endpoint.waiting:
        world.endpoint.answer(call, ANSWER)
    world.move(301)
    found = []
    for _ in range(5):
        found.append(world.sweeper.sweep())
        world.move(60)
    assert sum(found) == 300
    assert max(found) < 200


def test_without_an_endpoint_a_heavy_job_is_anybodys() -> None:
    world = HeavyWorld()
    world.submit()
    world.move(901)
    assert world.sweeper.sweep() == 1
    assert len(world.queue) == 2  # its message was only late


def test_a_job_that_waits_for_hours_gets_few_messages_beside_its_own() -> None:
    world = HeavyWorld()
    world.submit()
    for _ in range(24 * 60):
        world.move(60)
        world.sweeper.sweep()
    assert len(world.queue) == 1 + 9  # after 15 min, 30, 60, 120, 240, and each 4 h from then on


def test_a_late_job_expires_however_long_it_may_wait_for_the_next_message() -> None:
    world = HeavyWorld()
    world.submit(deadline_ms=world.now_ms + 3_600_000)
    for _ in range(65):
        world.move(60)
        world.sweeper.sweep()
    assert world.job().state is State.EXPIRED
