"""The heavy lane: every place where a dispatcher, a teller or the sweeper can die."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from samovar.heavy_results import Notice
from samovar.jobs import State

from tests.faults.faulty import Tracer
from tests.faults.heavy_world import HeavyWorld

LARGE = b"a text over the inline limit " * 8


class Scene(NamedTuple):
    """What has happened, who acts then, and how the job must end."""

    before: Callable[[HeavyWorld], None]
    act: Callable[[HeavyWorld, Tracer], object]
    end: State = State.SUCCEEDED


def submitted(text: bytes = b"hello", ttl_s: int = 0) -> Callable[[HeavyWorld], None]:
    return lambda world: world.submit(text, "key", model="think", ttl_s=ttl_s)


def grown_late(world: HeavyWorld) -> None:
    submitted(ttl_s=60)(world)
    world.now_ms += 61_000


def called(text: bytes = b"hello") -> Callable[[HeavyWorld], None]:
    def before(world: HeavyWorld) -> None:
        submitted(text)(world)
        world.dispatch()

    return before


def answered(text: bytes = b"hello") -> Callable[[HeavyWorld], None]:
    """The endpoint has run it and tells."""

    def before(world: HeavyWorld) -> None:
        called(text)(world)
        world.now_ms += 60_000
        assert world.endpoint.step() == 1
        world.now_ms += 10_000

    return before


def untold(text: bytes = b"hello") -> Callable[[HeavyWorld], None]:
    """The endpoint has run it and its notice is lost for ever."""

    def before(world: HeavyWorld) -> None:
        answered(text)(world)
        world.forget_notices()
        world.now_ms += 600_000

    return before


def killed(world: HeavyWorld) -> None:
    """Told that the container ended within the run."""
    called()(world)
    world.endpoint.forget_calls()
    world.tell(Notice(f"{next(iter(world.wanted))}.1", ok=False, reason="killed"))
    world.now_ms += 10_000


def never_told(world: HeavyWorld) -> None:
    """The endpoint has lost the call; the lease runs out."""
    called()(world)
    world.endpoint.forget_calls()
    world.now_ms += 3_600_000


def called_already(world: HeavyWorld) -> None:
    """Called, and its message comes a second time."""
    called()(world)
    world.heavy.send(list(world.wanted))


def dispatch(world: HeavyWorld, tracer: Tracer) -> None:
    world.dispatch(tracer=tracer)


def hear(world: HeavyWorld, tracer: Tracer) -> None:
    assert world.hear(tracer=tracer) == 1


def sweep(world: HeavyWorld, tracer: Tracer) -> None:
    world.sweep(tracer)


SCENES = {
    "dispatched": Scene(submitted(), dispatch),
    "dispatched, large": Scene(submitted(LARGE), dispatch),
    "dispatched too late": Scene(grown_late, dispatch, State.EXPIRED),
    "called already": Scene(called_already, dispatch),
    "told of its answer": Scene(answered(), hear),
    "told of its failure": Scene(answered(b"poison"), hear, State.FAILED),
    "told that it was killed": Scene(killed, hear),
    "not told of its answer": Scene(untold(), sweep),
    "not told of its failure": Scene(untold(b"poison"), sweep, State.FAILED),
    "never told": Scene(never_told, sweep),
}


def played(name: str, seed: int, tracer: Tracer) -> HeavyWorld:
    world = HeavyWorld(seed)
    SCENES[name].before(world)
    SCENES[name].act(world, tracer)
    return world


def calls_of(name: str) -> int:
    """The port calls of a scene when nothing goes wrong."""
    tracer = Tracer()
    played(name, 0, tracer)
    assert tracer.calls, name
    return tracer.calls


POINTS = [
    (name, point, before)
    for name in SCENES
    for point in range(calls_of(name))
    for before in (True, False)
]


@pytest.mark.parametrize(("name", "point", "before"), POINTS)
def test_a_death_at_any_point_of_the_heavy_lane_loses_nothing(
    name: str, point: int, before: bool
) -> None:
    world = played(name, 0, Tracer(die_at=point, before=before))
    world.settle_down()
    world.check()
    (job,) = world.table.jobs.values()
    assert job.state is SCENES[name].end
    assert max(world.endpoint.runs.values(), default=0) <= 2, "one call was run again and again"


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        (
            "dispatched",
            ["table.get", "table.find", "blobs.put", "table.replace", "endpoint.invoke"],
        ),
        ("called already", ["table.get"]),
        ("told of its answer", ["table.get", "table.replace"]),
    ],
)
def test_a_first_pass_of_the_heavy_lane_is_two_writes_and_a_duplicate_none(
    name: str, calls: list[str]
) -> None:
    tracer = Tracer()
    played(name, 0, tracer)
    assert [call for call in tracer.names if "uri" not in call] == calls
