"""Whoever dies wherever: each end is told at least once, to every sink, as one event."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from samovar import jobs
from samovar.errors import DeliveryFailed, JobConflict, StorageUnavailable
from samovar.job_events import Answer
from samovar.job_runs import JobRunner
from samovar.types import Payload

from tests.faults.faulty import Died, Tracer
from tests.unit.told_house import Ear, ToldHouse


class Through:
    """A port whose calls are counted, one of which ends the process."""

    def __init__(self, name: str, port: Any, tracer: Tracer) -> None:
        self._name, self._port, self._tracer = name, port, tracer

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = getattr(self._port, method)

        def through(*args: Any, **named: Any) -> Any:
            return self._tracer.around(f"{self._name}.{method}", lambda: call(*args, **named))

        return through


class Shouting:
    """A host of one model."""

    def predict_many(self, model: str, version: str, payloads: list[Payload]) -> list[Payload]:
        return [Payload(each.body.upper(), "text/plain") for each in payloads]

    def statistics(self) -> dict:
        return {}


class World:
    """A house, and the same house as a process sees it that dies at a call."""

    def __init__(self, tracer: Tracer) -> None:
        failing = Ear(DeliveryFailed("away"), Answer(500), Answer())
        self.safe = ToldHouse({"webhook": failing, "sns": Ear(), "eventbridge": Ear()})
        through = lambda name, port: Through(name, port, tracer)  # noqa: E731 - a parameter
        self.doomed = ToldHouse(self.safe.ears, through, self.safe.kept)


def cancels(world: World) -> None:
    world.doomed.jobs.cancel("j1")


def runs(world: World) -> None:
    runner = JobRunner(world.doomed.ports, Shouting(), world.safe.clock)  # type: ignore[arg-type]  # as much of a host as it needs
    received = world.safe.queue.receive()
    kept = runner.run(received, lambda: 60_000)
    for delivery in received:
        if delivery not in kept:
            world.safe.queue.delete(delivery.receipt)


def looks(world: World) -> None:
    world.safe.clock.move(6 * 10**9)
    world.doomed.jobs.job("j1")


def sweeps(world: World) -> None:
    world.safe.clock.move(3600 * 10**9)
    world.doomed.sweeper.sweep()


def tells(world: World) -> None:
    world.safe.jobs.cancel("j1")
    world.doomed.deliver()


def tells_again(world: World) -> None:
    world.safe.jobs.cancel("j1")
    world.safe.deliver()
    world.safe.clock.move(10 * 10**9)
    world.doomed.deliver()


def asks_again(world: World) -> None:
    world.safe.fail("j1")
    world.safe.clock.move(300 * 10**9)
    world.doomed.sweeper.sweep()


ACTIONS = [cancels, runs, looks, sweeps, tells, tells_again, asks_again]


def begin(tracer: Tracer) -> World:
    world = World(tracer)
    world.safe.submit(ttl_s=5)
    return world


def settle(world: World) -> None:
    """The messages of the dead come again; whoever is alive does what there is to do."""
    for _ in range(300):
        world.safe.pass_time(60)
        if not world.safe.job("j1").state.final:
            runs(world)
    with pytest.raises(JobConflict):
        jobs.cancel(world.safe.job("j1"), 0)


def calls_of(action: Callable[[World], None]) -> int:
    tracer = Tracer()
    world = begin(tracer)
    tracer.calls = 0
    action(world)
    return tracer.calls


POINTS = [
    (action, point, before)
    for action in ACTIONS
    for point in range(calls_of(action))
    for before in (True, False)
]


@pytest.mark.parametrize(("action", "point", "before"), POINTS)
def test_a_death_at_any_point_leaves_no_end_untold(
    action: Callable[[World], None], point: int, before: bool
) -> None:
    tracer = Tracer(die_at=point, before=before)
    world = begin(tracer)
    with suppress(Died):  # a call that raises ends no process after it
        action(world)
    assert tracer.calls > point
    tracer.die_at = -1
    settle(world)
    job = world.safe.job("j1")
    assert job.owed == ()
    for ear in world.safe.ears.values():
        assert set(ear.ids) == {f"j1-{job.state}-{job.attempt}"}
        assert len({event.body for event in ear.heard}) == 1


def test_every_action_has_points_of_its_own() -> None:
    assert len({action for action, _, _ in POINTS}) == len(ACTIONS)


@pytest.mark.parametrize("port", ["table", "events"])
def test_storage_that_is_away_for_a_while_costs_time_only(port: str) -> None:
    world = begin(Tracer())
    away = {"now": False}

    def refusing(call: Callable[..., Any]) -> Callable[..., Any]:
        def through(*args: Any, **named: Any) -> Any:
            if away["now"]:
                raise StorageUnavailable("away")
            return call(*args, **named)

        return through

    target = getattr(world.safe, port)
    for method in ("replace", "send"):
        if hasattr(target, method):
            setattr(target, method, refusing(getattr(target, method)))
    ended = world.safe.fail("j1")
    away["now"] = True
    world.safe.events.receive()
    world.safe.deliver()
    away["now"] = False
    settle(world)
    assert set(world.safe.ears["sns"].ids) == {f"j1-failed-{ended.attempt}"}


def test_an_end_that_nobody_is_owed_costs_no_write_no_message_and_no_attribute() -> None:
    costs = []
    for ears in ({}, {"webhook": Ear()}):
        house = ToldHouse(ears)
        house.submit(webhook="")
        house.jobs.cancel("j1")
        house.pass_time(600)
        assert len(house.events) == 0
        costs.append((house.table.writes, house.job("j1").owed, house.job("j1").deliveries))
    assert costs == [(2, (), ()), (2, (), ())]


def test_a_told_end_costs_one_write_more() -> None:
    house = ToldHouse()
    house.submit()
    house.jobs.cancel("j1")
    house.pass_time(600)
    assert house.table.writes == 3
