"""Deliveries of the simulator of faults: the real service, workers and sweeper in virtual time.

Each measurement is a world of 2,000 jobs, from the first submission until all have ended, and
checked; the time is that of one delivery: a message, or a notice of the endpoint, in the hands
of a worker. Every world is another seed's.
"""

import gc
import time
from collections.abc import Callable
from itertools import count

from benchmarks.interleave import Sample
from benchmarks.pace import Pace
from tests.faults.trouble import heavy_trouble, trouble
from tests.faults.world import World

JOBS = 2_000
FLOORS = {"": "light lane"}
_LIVES: dict[str, Callable[[int, int], World]] = {
    "light lane": trouble,
    "both lanes": heavy_trouble,
}


def measure(pace: Pace) -> dict[str, Sample]:
    """Seconds a delivery of each variant."""
    wall: dict[str, list[float]] = {name: [] for name in _LIVES}
    cpu: dict[str, list[float]] = {name: [] for name in _LIVES}
    seeds = count(1)
    for _ in pace:
        for name, life in _LIVES.items():
            gc.collect()
            gc.disable()
            cpu_start, start = time.process_time(), time.perf_counter()
            world = life(next(seeds), JOBS)
            world.check()
            wall[name].append((time.perf_counter() - start) / world.deliveries)
            cpu[name].append((time.process_time() - cpu_start) / world.deliveries)
            gc.enable()
    return {name: Sample(name, tuple(wall[name]), tuple(cpu[name])) for name in _LIVES}
