"""All troubles at once, by a seed: what the tests and the benchmark of the simulator run."""

from typing import TypeVar

from tests.faults.faulty import Faults
from tests.faults.heavy_world import HeavyWorld
from tests.faults.world import World

AnyWorld = TypeVar("AnyWorld", bound=World)
LIGHT = Faults(crash=0.02, throttle=0.03, duplicate=0.15, meanwhile=0.05, skew_ms=2_000, slow=0.02)
BOTH = Faults(
    crash=0.02,
    throttle=0.03,
    duplicate=0.15,
    meanwhile=0.05,
    skew_ms=2_000,
    slow=0.02,
    away=0.05,
    asleep=0.05,
    elsewhere=0.05,
    killed=0.05,
    lost=0.05,
    late=0.05,
    garbled=0.05,
)


def trouble(seed: int, jobs: int) -> World:
    """Light jobs through duplicates, disorder, throttles, skewed clocks, cancels and deaths."""
    return _lived(World(seed, LIGHT), jobs, heavy=0.0)


def heavy_trouble(seed: int, jobs: int) -> HeavyWorld:
    """Jobs of both lanes through the same, an endpoint's moods, and notices lost and late."""
    return _lived(HeavyWorld(seed, BOTH), jobs, heavy=0.6)


def _lived(world: AnyWorld, jobs: int, heavy: float) -> AnyWorld:
    for number in range(jobs):
        kind = world.luck.random()
        text = b"text %d" % number * (20 if kind < 0.2 else 1)
        text = b"bomb" if kind < 0.001 else b"poison" if kind < 0.05 else text
        model = "think" if heavy and world.luck.random() < heavy else "shout"
        world.submit(text, f"key-{number}", ttl_s=120 if kind > 0.9 else 0, model=model)
        if number % 7 == 0:
            world.turn(world.luck.randint(1, 10))
            world.now_ms += world.luck.randint(0, 20_000)
        if number % 97 == 0:
            world.sweep()
    world.settle_down()
    return world
