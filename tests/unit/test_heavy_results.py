"""What the endpoint says: who is ended by it, what is tried again, and what changes nothing."""

from typing import Any

import pytest
from samovar.errors import (
    DeadlineExceeded,
    InvalidInput,
    ModelRunFailed,
    OutOfMemory,
    SamovarError,
)
from samovar.heavy_results import Notice, Outcome
from samovar.jobs import Failure, Job, Placed, State, cancel, dispatch
from samovar.types import Payload

from tests.unit.heavy_world import ANSWER, HeavyWorld, calling_world


@pytest.fixture
def world() -> HeavyWorld:
    return calling_world()


def test_an_answer_ends_the_job_and_is_its_result(world: HeavyWorld) -> None:
    assert world.results.finish(world.endpoint.answer(world.call(), ANSWER)) is Outcome.ENDED
    job = world.job()
    assert (job.state, job.result_type) == (State.SUCCEEDED, "application/json")
    assert world.blobs.get(job.result_uri) == ANSWER.body


def test_a_notice_that_is_told_twice_changes_nothing(world: HeavyWorld) -> None:
    notice = world.endpoint.answer(world.call(), ANSWER)
    world.results.finish(notice)
    before = world.job()
    assert world.results.finish(notice) is Outcome.REPEATED
    assert world.job() == before


@pytest.mark.parametrize("error", [InvalidInput("a WAV, please"), ModelRunFailed("index 9")])
def test_a_permanent_error_fails_the_job_at_once_with_its_code(
    world: HeavyWorld, error: SamovarError
) -> None:
    assert world.failed(error) is Outcome.ENDED
    job = world.job()
    assert (job.state, job.failure) == (State.FAILED, Failure(error.code, error.message))


def test_the_container_refuses_a_late_call_and_the_job_expires() -> None:
    world = HeavyWorld()
    world.submit(deadline_ms=world.now_ms + 5000)
    world.work()
    assert world.failed(DeadlineExceeded("too late")) is Outcome.ENDED
    assert world.job().state is State.EXPIRED


def test_an_answer_after_the_deadline_still_counts_while_nobody_ended_the_job() -> None:
    world = HeavyWorld()
    world.submit(deadline_ms=world.now_ms + 5000)
    world.work()
    world.move(6)
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert world.job().state is State.SUCCEEDED


def test_the_answer_of_a_cancelled_job_is_thrown_away(world: HeavyWorld) -> None:
    notice = world.endpoint.answer(world.call(), ANSWER)
    world.table.replace(cancel(world.job(), world.now_ms))
    assert world.results.finish(notice) is Outcome.REPEATED
    assert (world.job().state, world.job().result_uri) == (State.CANCELLED, "")


def test_the_notice_of_an_attempt_that_was_given_up_is_stale(world: HeavyWorld) -> None:
    first = world.call()
    world.failed(OutOfMemory("full"))
    world.again()
    for notice in (
        world.endpoint.answer(first, Payload(b"old", "text/plain")),
        world.endpoint.refuse(first, InvalidInput("old")),
    ):
        assert world.results.finish(notice) is Outcome.STALE
    assert (world.job().state, world.job().attempt) == (State.RUNNING, 2)


def test_a_call_that_was_taken_though_it_seemed_refused_is_answered_while_queued() -> None:
    world = HeavyWorld()
    world.submit()
    taken = world.endpoint.invoke

    def times_out(call: Any) -> Any:
        taken(call)
        raise world.endpoint.away()

    world.endpoint.invoke = times_out  # type: ignore[method-assign]  # the answer was lost
    assert world.work() == 1
    assert world.job().state is State.QUEUED
    notice = world.endpoint.answer(world.call(), ANSWER)
    assert world.results.finish(notice) is Outcome.ENDED
    assert world.job().state is State.SUCCEEDED
    world.move(900)
    assert world.work() == 0  # its message has no more to say
    assert world.job().attempt == 1


@pytest.mark.parametrize("name", ["", "tea", "tea.", "tea.0", "tea.x", ".1", "t ea.1", "a/b.1"])
def test_a_notice_that_names_no_call_is_refused(world: HeavyWorld, name: str) -> None:
    with pytest.raises(InvalidInput):
        world.results.finish(Notice(name, ok=True))
    assert world.job().state is State.RUNNING


def test_a_notice_of_a_job_that_is_forgotten_changes_nothing(world: HeavyWorld) -> None:
    assert world.results.finish(Notice("nobody.1", ok=True)) is Outcome.UNKNOWN


def test_a_job_that_changes_under_a_notice_is_looked_at_again(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, lost = world.table.replace, [True, True]
    monkeypatch.setattr(
        world.table, "replace", lambda job: not lost.pop() if lost else replace(job)
    )
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert world.job().state is State.SUCCEEDED
    monkeypatch.setattr(world.table, "replace", lambda _job: False)
    world.submit("other")
    job = world.job("other")
    world.table._write(_dispatched(job))
    with pytest.raises(SamovarError):
        world.results.finish(Notice("other.1", ok=True, output_uri=job.output_uri))


def _dispatched(job: Job) -> Job:
    return dispatch(job, job.created_ms, 60_000, Placed("", ""))
