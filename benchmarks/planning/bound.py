"""A lower bound on what it costs to answer a trace: a planner that knows when requests come.

It chooses the door, the memory and how many environments are always ready once, and the batch
of every request as it likes. It pays what AWS bills for runs, requests and jobs, and nothing
for cold starts, for pollers that are too few or for windows that are whole seconds. It does
not know how long a run will take before it ends: runs are paid, and late, on average. At most
a share of the requests may be late: by Lagrange's relaxation, the cost with a penalty for each
late one, less the penalties that are allowed, is not above the least cost, whatever the
penalty; the best of many penalties is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from samovar_cli.simulate.prices import Prices

from benchmarks.planning import alone, instances, jobs
from benchmarks.planning.alone import Single
from benchmarks.planning.jobs import Workers
from benchmarks.planning.loads import Trace
from benchmarks.planning.services import Service

_PENALTIES = np.concatenate(([0.0], np.geomspace(0.02, 60.0, 11)))  # in batches of one
_AROUND = np.array([0.6, 1.0, 1.6])
_CLOSER = np.array([0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5])


@dataclass(frozen=True, slots=True)
class Bound:
    """The least that a trace costs, US dollars; infinite for doors that are always too slow."""

    function: float  # each request by itself, whose caller waits
    queue: float  # each request a job, in batches
    endpoint: float  # each request a job for an instance that sleeps at zero
    any_door: float  # each request at whichever of the first two, in the memory sizes looked at

    @property
    def least(self) -> float:
        """With one door for all."""
        return min(self.function, self.queue, self.endpoint)


def lower_bound(service: Service, trace: Trace, prices: Prices) -> Bound:
    """Of all memory sizes the cheapest."""
    single = list(alone.singles(service, trace, prices))
    function = alone.least(single) * len(trace.times)
    doors = sorted(jobs.workers(service, trace, prices), key=Workers.floor)
    queue, any_door = _least(doors, single)
    endpoint = instances.least(service, trace, prices)
    return Bound(function, queue, endpoint, min(any_door, function, queue))


def _least(doors: Sequence[Workers], single: Sequence[Single]) -> tuple[float, float]:
    """The lowest of the doors' bounds; and with the door of `single`, of those looked at."""
    best, middle, any_door = np.inf, 1.0, np.inf
    for number, door in enumerate(doors):
        if door.floor() >= best:
            continue
        grid = middle * _AROUND if number else _PENALTIES
        wide = door.duals(grid, single)
        if wide.bound >= best:
            any_door = min(any_door, wide.any_door)
            continue
        near = grid[wide.best] * _CLOSER
        close = door.duals(near, single)
        middle = float(near[close.best])
        best, any_door = min(best, max(wide.bound, close.bound)), min(any_door, close.any_door)
    return best, any_door
