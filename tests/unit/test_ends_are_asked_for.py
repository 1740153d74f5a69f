"""Whoever ends a job asks for the delivery of its event, at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samovar import jobs
from samovar.errors import InvalidInput
from samovar.job_runs import JobRunner
from samovar.jobs import Job, Source, State
from samovar.submission import Submission
from samovar.types import Payload

from tests.unit.batch_house import BatchHouse
from tests.unit.heavy_world import ANSWER, HeavyWorld
from tests.unit.told_house import HOOK, Ear, ToldHouse

OWED: dict[str, Any] = {"owed": ("webhook",), "webhook": HOOK}


def asked(house: Any) -> list[str]:
    return [delivery.job_id for delivery in house.events.receive(100)]


class Host:
    """A model that answers, or refuses what it is given."""

    def predict_many(self, model: str, version: str, payloads: list[Payload]) -> list[Any]:
        return [InvalidInput("no") if p.body == b"bad" else Payload(b"{}") for p in payloads]

    def statistics(self) -> dict:
        return {}


def run(house: ToldHouse) -> None:
    JobRunner(house.ports, Host(), house.clock).run(house.queue.receive(), lambda: 60_000)  # type: ignore[arg-type]  # as much of a host as it needs


@pytest.mark.parametrize(("body", "state"), [(b"good", State.SUCCEEDED), (b"bad", State.FAILED)])
def test_a_worker_asks(body: bytes, state: State) -> None:
    house = ToldHouse()
    house.submit(source=Source("text/plain", body))
    run(house)
    assert house.job("j1").state is state
    assert asked(house) == ["j1"]


def test_a_worker_that_finds_a_job_late_asks() -> None:
    house = ToldHouse()
    house.submit(ttl_s=1)
    house.clock.move(2 * 10**9)
    run(house)
    assert house.job("j1").state is State.EXPIRED
    assert asked(house) == ["j1"]


def test_a_worker_that_finds_a_job_over_asks_again() -> None:
    house = ToldHouse()
    house.submit()
    house.fail("j1")
    run(house)
    assert asked(house) == ["j1"]


def test_a_sweeper_that_ends_a_job_asks() -> None:
    house = ToldHouse()
    house.submit(ttl_s=1)
    house.clock.move(3600 * 10**9)
    house.sweeper.sweep()
    assert house.job("j1").state is State.EXPIRED
    assert "j1" in asked(house)


def test_an_answer_that_is_kept_for_its_size_is_told_of() -> None:
    house = ToldHouse({"sns": Ear()})
    kept = house.jobs.keep(Submission("mood", Source("text/plain", b"a")), Payload(b"{}"))
    assert kept.state is State.SUCCEEDED
    assert asked(house) == [kept.id]


def answer(world: HeavyWorld) -> None:
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))


def refuse(world: HeavyWorld) -> None:
    world.results.finish(world.endpoint.refuse(world.call(), InvalidInput("no")))


def lose(world: HeavyWorld) -> None:
    world.endpoint.answer(world.call(), ANSWER)
    world.move(301)
    world.sweeper.sweep()


@pytest.mark.parametrize("end", [answer, refuse, lose])
def test_the_heavy_lane_asks(end: Callable[[HeavyWorld], None]) -> None:
    world = HeavyWorld()
    world.submit(**OWED)
    world.work()
    end(world)
    assert world.job().state.final
    assert asked(world) == ["tea"]


def test_a_dispatcher_that_finds_a_job_late_asks() -> None:
    world = HeavyWorld()
    world.submit(**OWED, deadline_ms=world.now_ms + 1)
    world.move(1)
    world.work()
    assert world.job().state is State.EXPIRED
    assert asked(world) == ["tea"]


def test_a_batch_is_told_of_and_its_parts_are_not(models_dir: Path) -> None:
    house = BatchHouse(models_dir)
    rows = b'{"text": "good"}\n' * 20
    job = house.submit("mood", "application/jsonl", rows, webhook=HOOK)
    house.settle(job.id)
    assert house.job(job.id).state is State.SUCCEEDED
    assert all(part.owed == () for part in house.parts(job.id))
    assert asked(house) == [job.id]


def test_a_cancelled_batch_is_told_of_once_and_its_parts_are_not(models_dir: Path) -> None:
    house = BatchHouse(models_dir)
    rows = b'{"text": "good"}\n' * 20
    job = house.submit("mood", "application/jsonl", rows, webhook=HOOK)
    house.work()
    house.jobs.cancel(job.id)
    house.settle(job.id)
    assert set(asked(house)) == {job.id}


def test_what_moves_a_job_on_asks_for_nothing() -> None:
    house = ToldHouse()
    job: Job = house.submit()
    mine = jobs.claim(job, house.now_ms, 1000)
    assert house.table.replace(mine)
    assert house.table.replace(jobs.release(mine, 1, house.now_ms, jobs.Failure("a", "b")))
    house.jobs.job(job.id)
    assert asked(house) == []
