"""Requests that are answered by themselves, at the door whose callers wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from samovar_cli.simulate.prices import Prices

from benchmarks.planning.loads import Trace
from benchmarks.planning.noise import Noise
from benchmarks.planning.ready import saved_alone
from benchmarks.planning.services import LATE, Service
from benchmarks.planning.unit_costs import Counted, lane_costs

TIMEOUT_S = 29.0  # of the door


@dataclass(frozen=True, slots=True)
class Single:
    """Each request of a trace in a function of one memory size."""

    cost: float  # US dollars
    late: float  # the chance


def singles(service: Service, trace: Trace, prices: Prices) -> Iterator[Single]:
    """One for each memory size, with as many ready environments as pay for themselves.

    Nothing is paid for cold starts, and none of them is late.
    """
    noise, requests = Noise(service.work.noise), len(trace.times)
    for memory_mb in service.memories_mb():
        there = service.there(memory_mb)
        counted = Counted(requests, trace.seconds)
        costs = lane_costs("function", there.load, prices, counted, (requests, requests))
        run_s = there.run_s * there.slowness
        limit = min(service.slo_s - there.overhead_s, TIMEOUT_S) / run_s
        billed_s = noise.billed_s(run_s, TIMEOUT_S)
        saved = saved_alone(there, trace, prices, billed_s) / requests
        cost = costs.whole / requests + costs.run_s * billed_s - saved
        yield Single(cost, float(noise.over(np.array(limit))))


def least(found: Sequence[Single]) -> float:
    """The cheapest of those that are in time; infinite where none is."""
    return min((single.cost for single in found if single.late <= LATE), default=np.inf)
