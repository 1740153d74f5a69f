"""Heavy jobs to the endpoint: what is claimed, what waits, and what a crash leaves."""

from dataclasses import replace
from typing import Any

import pytest
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.jobs import EndpointCall, Placed, State, cancel
from samovar.lanes import SYNC

from tests.unit.heavy_world import ANSWER, HeavyWorld


@pytest.fixture
def world() -> HeavyWorld:
    return HeavyWorld()


def test_a_job_costs_two_writes_beside_its_creation(world: HeavyWorld) -> None:
    world.submit()
    assert world.work() == 0
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert world.job().state is State.SUCCEEDED
    assert world.table.writes == 2


def test_duplicates_of_a_message_and_of_a_notice_cost_no_write(world: HeavyWorld) -> None:
    world.submit()
    world.work()
    world.queue.send(["tea"])
    assert world.work() == 0  # of a job that runs
    notice = world.endpoint.answer(world.call(), ANSWER)
    world.results.finish(notice)
    world.queue.send(["tea", "tea"])
    assert world.work() == 0  # of one that is over, twice in a batch
    world.results.finish(notice)
    assert (world.table.writes, world.endpoint.taken) == (2, 1)


def test_two_messages_of_one_batch_make_one_call(world: HeavyWorld) -> None:
    world.submit()
    world.queue.send(["tea"])
    assert world.work() == 0
    assert world.endpoint.taken == 1


def test_a_call_says_all_that_the_endpoint_needs(world: HeavyWorld) -> None:
    world.submit()
    world.work()
    assert world.call() == EndpointCall(
        id="tea.1",
        model="whisper",
        version="1",
        input_uri="s3://samovar-data/inputs/tea",
        content_type="audio/wav",
        ttl_s=3600,
        timeout_s=900,
    )
    assert world.blobs.get(world.call().input_uri) == b"RIFF"
    job = world.job()
    assert job.output_uri == "s3://samovar-data/results/endpoint/tea/1.out"
    assert job.failure_uri == "s3://samovar-data/results/endpoint-errors/tea/1.out"
    assert job.lease_until_ms == world.now_ms + (3600 + 900 + 60) * 1000


@pytest.mark.parametrize(("left_s", "ttl_s"), [(10, 60), (600, 600), (100_000, 3600)])
def test_a_call_waits_no_longer_than_its_job_but_for_the_endpoints_least(
    world: HeavyWorld, left_s: int, ttl_s: int
) -> None:
    deadline_ms = world.now_ms + left_s * 1000
    world.submit(deadline_ms=deadline_ms)
    world.work()
    assert (world.call().ttl_s, world.call().deadline_ms) == (ttl_s, deadline_ms)


def test_a_late_job_expires_and_never_reaches_the_endpoint(world: HeavyWorld) -> None:
    world.submit(deadline_ms=world.now_ms + 1000)
    world.move(2)
    assert world.work() == 0
    assert world.job().state is State.EXPIRED
    assert world.endpoint.taken == 0


def test_a_cancelled_job_never_reaches_the_endpoint(world: HeavyWorld) -> None:
    job = world.submit()
    world.table.replace(cancel(job, world.now_ms))
    assert world.work() == 0
    assert world.endpoint.taken == 0


def test_a_job_that_is_forgotten_consumes_its_message(world: HeavyWorld) -> None:
    world.queue.send(["nobody"])
    assert world.work() == 0
    assert len(world.queue) == 0


def test_an_endpoint_that_is_away_leaves_the_job_queued_and_its_message_in_the_queue(
    world: HeavyWorld,
) -> None:
    world.submit()
    world.endpoint.trouble = [world.endpoint.away()]
    assert world.work() == 1
    job = world.job()
    assert (job.state, job.attempt, job.faults) == (State.QUEUED, 1, 0)
    assert job.failure is not None
    assert job.failure.code == "endpoint_unavailable"
    assert world.work() == 0  # hidden
    world.move(5)
    world.work()
    assert world.call().id == "tea.2"
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert (world.job().state, world.job().failure) == (State.SUCCEEDED, None)


def test_what_no_endpoint_will_ever_take_fails_at_once(world: HeavyWorld) -> None:
    world.submit()
    world.endpoint.trouble = [InvalidInput("the content type is not ASCII")]
    assert world.work() == 0
    job = world.job()
    assert job.state is State.FAILED
    assert job.failure is not None
    assert job.failure.code == "invalid_input"


def test_a_dispatcher_that_died_before_the_call_is_followed_by_the_same_attempt(
    world: HeavyWorld,
) -> None:
    class Died(BaseException):
        pass

    def dying(call: EndpointCall) -> Placed:
        raise Died

    world.submit()
    alive, world.endpoint.invoke = world.endpoint.invoke, dying  # type: ignore[method-assign]  # dies
    with pytest.raises(Died):
        world.work()
    world.endpoint.invoke = alive  # type: ignore[method-assign]  # as it was
    world.move(181)  # the message is visible again
    assert world.work() == 0
    assert world.call().id == "tea.1"
    assert world.table.writes == 1
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert world.job().state is State.SUCCEEDED


def test_an_attempt_that_is_called_again_and_refused_keeps_its_fence(world: HeavyWorld) -> None:
    world.submit()
    (delivery,) = world.queue.receive()
    world.dispatcher.run([delivery], lambda: 60_000)  # and died before it was deleted
    call = world.call()
    world.move(181)
    world.endpoint.trouble = [world.endpoint.away()]
    assert world.work() == 1
    world.results.finish(world.endpoint.answer(call, ANSWER))
    assert (world.job().state, world.table.writes) == (State.SUCCEEDED, 2)


def test_a_place_other_than_foretold_is_written_down(world: HeavyWorld) -> None:
    elsewhere = Placed(
        "s3://samovar-data/results/endpoint/f00.out", "s3://samovar-data/results/endpoint-errors/f"
    )
    world.endpoint.invoke = lambda call: elsewhere  # type: ignore[method-assign]  # an old client
    world.submit()
    assert world.work() == 0
    job = world.job()
    assert Placed(job.output_uri, job.failure_uri) == elsewhere
    assert world.table.writes == 2


def test_what_there_is_no_time_for_is_handed_back_unclaimed(world: HeavyWorld) -> None:
    world.submit()
    deliveries = world.queue.receive()
    assert world.dispatcher.run(deliveries, lambda: 1000) == deliveries
    assert world.job().state is State.QUEUED


@pytest.mark.parametrize("port", ["table.get", "table.replace", "table.find", "blobs.put"])
def test_storage_that_is_away_keeps_the_message(
    world: HeavyWorld, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise StorageUnavailable("not now")

    world.submit()
    holder, _, name = port.partition(".")
    monkeypatch.setattr(getattr(world, holder), name, away)
    assert world.work() == 1
    monkeypatch.undo()
    world.move(900)
    assert world.work() == 0
    assert world.endpoint.taken == 1


def test_a_message_that_names_a_door_s_own_call_is_consumed(world: HeavyWorld) -> None:
    world.submit()
    made = world.job()
    assert world.table.replace(replace(made, lane=SYNC, revision=made.revision + 1))
    assert (world.work(), world.endpoint.taken) == (0, 0)
