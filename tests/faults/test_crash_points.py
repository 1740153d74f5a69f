"""Every place where a process can die, one after the other; and all troubles at once, by seed."""

from itertools import count

import pytest

from tests.faults.faulty import Tracer
from tests.faults.trouble import heavy_trouble, trouble
from tests.faults.world import World

TEXTS = {"small": b"hello", "large": b"a text over the inline limit " * 8, "poison": b"poison"}


def act(world: World, action: str, text: bytes, tracer: Tracer) -> None:
    """A client submits, or a worker takes the job: at once, or for longer than a lease."""
    if action == "submit":
        world.submit(text, "key", tracer=tracer)
        return
    world.submit(text, "key")
    world.faults.slow = float(action == "work long")
    world.work(tracer=tracer)


def calls_of(action: str, text: bytes) -> int:
    """The port calls that an action makes when nothing goes wrong."""
    tracer = Tracer()
    act(World(0), action, text, tracer)
    return tracer.calls


POINTS = [
    (action, size, point, before)
    for action in ("submit", "work", "work long")
    for size, text in TEXTS.items()
    for point in range(calls_of(action, text))
    for before in (True, False)
]


def test_the_points_are_those_of_the_design() -> None:
    """A first pass is at most two writes to the table beside the creation."""
    world, tracer = World(0), Tracer()
    world.submit(b"hello", "key")
    world.work(tracer=tracer)
    assert tracer.names == ["table.get", "table.replace", "blobs.put", "table.replace"]


def test_a_lease_is_renewed_while_work_runs_and_its_message_stays_hidden() -> None:
    world, tracer = World(0), Tracer()
    act(world, "work long", b"hello", tracer)
    beats = ["table.replace", "queue.postpone"] * 4
    assert tracer.names == ["table.get", "table.replace", *beats, "blobs.put", "table.replace"]
    assert max(world.models.runs.values()) == 1


def test_a_duplicate_costs_no_write() -> None:
    world, tracer = World(0), Tracer()
    world.submit(b"hello", "key")
    world.work()
    world.queue.send(list(world.wanted))
    world.work(tracer=tracer)
    assert tracer.names == ["table.get"]


@pytest.mark.parametrize(("action", "size", "point", "before"), POINTS)
def test_a_death_at_any_point_loses_nothing(
    action: str, size: str, point: int, before: bool
) -> None:
    world = World(1)
    act(world, action, TEXTS[size], Tracer(die_at=point, before=before))
    world.settle_down()
    world.check()
    assert len(world.table.jobs) == 1, "the client's key made a second job"


@pytest.mark.parametrize("point", range(4))
@pytest.mark.parametrize("before", [True, False])
def test_a_death_of_the_sweeper_loses_nothing(point: int, before: bool) -> None:
    world = World(2)
    world.submit(b"hello", "key")
    world.queue.receive(10)  # the message is lost with its worker, for ever
    world.now_ms += 600_000
    world.sweep(Tracer(die_at=point, before=before))
    world.now_ms += 600_000
    world.settle_down()
    world.check()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_million_deliveries_lose_nothing_and_do_nothing_twice() -> None:
    deliveries = 0
    for seed in count(1000):
        world = (trouble if seed % 3 == 0 else heavy_trouble)(seed, 5_000)
        world.check()
        deliveries += world.deliveries
        if deliveries >= 1_000_000:
            break


@pytest.mark.parametrize("seed", range(6))
def test_trouble_of_every_kind_loses_nothing_and_does_nothing_twice(seed: int) -> None:
    world = trouble(seed, 500)
    world.check()
    assert world.deliveries > 500


@pytest.mark.parametrize("seed", range(6))
def test_trouble_with_an_endpoint_loses_nothing_and_does_nothing_twice(seed: int) -> None:
    world = heavy_trouble(seed, 400)
    world.check()
    assert world.deliveries > 800
