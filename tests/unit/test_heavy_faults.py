"""Faults: attempts that began and gave no answer, and how often that may be."""

from typing import Any

import pytest
from samovar.errors import InvalidInput, OutOfMemory, StorageUnavailable
from samovar.heavy_results import Outcome
from samovar.jobs import Failure, State, requeue

from tests.unit.heavy_world import HeavyWorld, calling_world


@pytest.fixture
def world() -> HeavyWorld:
    return calling_world()


def test_a_passing_error_is_tried_again_and_the_third_fails(world: HeavyWorld) -> None:
    for attempt in (1, 2):
        assert world.call().id == f"tea.{attempt}"
        assert world.failed(OutOfMemory("full")) is Outcome.AGAIN
        assert (world.job().state, world.job().faults) == (State.QUEUED, attempt)
        world.again()
    assert world.failed(OutOfMemory("full")) is Outcome.ENDED
    assert world.job().failure == Failure("out_of_memory", "full")


def test_a_fault_that_is_told_twice_counts_once(world: HeavyWorld) -> None:
    for attempt in (1, 2):
        notice = world.endpoint.refuse(world.call(), OutOfMemory("full"))
        assert world.results.finish(notice) is Outcome.AGAIN
        assert world.results.finish(notice) is Outcome.REPEATED
        assert (world.job().state, world.job().faults) == (State.QUEUED, attempt)
        world.again()
    assert world.call().id == "tea.3"


def test_a_redrive_begins_to_count_anew(world: HeavyWorld) -> None:
    for _ in range(2):
        world.failed(OutOfMemory("full"))
        world.again()
    world.failed(OutOfMemory("full"))
    world.table.replace(requeue(world.job(), world.now_ms))
    assert world.job().faults == 0


def test_a_refusal_that_was_no_attempt_does_not_count(world: HeavyWorld) -> None:
    world.failed(OutOfMemory("full"))
    world.move(900)
    world.endpoint.trouble = [world.endpoint.away()] * 4
    for _ in range(5):
        world.work()
        world.move(900)
    assert (world.job().faults, world.call().id) == (1, "tea.6")


def test_a_late_job_is_not_tried_again_after_a_passing_error() -> None:
    world = HeavyWorld()
    world.submit(deadline_ms=world.now_ms + 5000)
    world.work()
    world.move(6)
    assert world.failed(OutOfMemory("full")) is Outcome.ENDED
    assert world.job().state is State.EXPIRED


def test_a_failure_of_what_is_queued_again_sends_a_message_in_case_none_was(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(job_ids: Any, delay_s: int = 0) -> None:
        raise StorageUnavailable("not now")

    notice = world.endpoint.refuse(world.call(), OutOfMemory("full"))
    monkeypatch.setattr(world.queue, "send", away)
    with pytest.raises(StorageUnavailable):
        world.results.finish(notice)
    monkeypatch.undo()
    assert (world.job().state, len(world.queue)) == (State.QUEUED, 0)
    assert world.results.finish(notice) is Outcome.REPEATED
    assert (world.job().faults, len(world.queue)) == (1, 1)


def test_a_job_that_was_redriven_listens_to_no_notice_of_its_last_life(world: HeavyWorld) -> None:
    notice = world.endpoint.refuse(world.call(), InvalidInput("a WAV, please"))
    world.results.finish(notice)
    world.table.replace(requeue(world.job(), world.now_ms))
    assert world.results.finish(notice) is Outcome.STALE
    assert world.job().state is State.QUEUED
