"""A lower bound on what it costs to answer a trace: a planner that knows when requests come.

It chooses the door and the memory once, and the batch of every request as it likes. It pays
what AWS bills for runs, requests and jobs, and nothing for cold starts, for pollers that are
too few or for windows that are whole seconds. It does not know how long a run will take before
it ends: runs are paid, and late, on average. At most a share of the requests may be late: by
Lagrange's relaxation, the cost with a penalty for each late one, less the penalties that are
allowed, is not above the least cost, whatever the penalty; the best of many penalties is taken.
"""

from dataclasses import dataclass

import numpy as np
from samovar_cli.simulate.prices import Prices

from benchmarks.planning import alone, jobs
from benchmarks.planning.loads import Trace
from benchmarks.planning.services import Service


@dataclass(frozen=True, slots=True)
class Bound:
    """The least that a trace costs, US dollars; infinite for doors that are always too slow."""

    function: float  # each request by itself, whose caller waits
    queue: float  # each request a job, in batches
    any_door: float  # each request at whichever of the two: no caller's choice, and nobody's plan

    @property
    def least(self) -> float:
        """With one door for all."""
        return min(self.function, self.queue)


def lower_bound(service: Service, trace: Trace, prices: Prices) -> Bound:
    """Of all memory sizes the cheapest."""
    single = list(alone.singles(service, trace, prices))
    function = alone.least(single) * len(trace.times)
    workers = list(jobs.workers(service, trace, prices))
    queue, penalty = jobs.least(workers, np.inf)
    mixed = jobs.least_mixed(workers, min(function, queue), penalty, single)
    return Bound(function, queue, mixed)
