"""The lane of a model that says `auto`: its router, played over both lanes of jobs.

The router is the product's own (samovar.routing), with the processes that take jobs, each of
which tells of its jobs now and then and routes by what it last read. What the endpoint tells it
is played; how long jobs wait on the light lane is, while it routes, taken from a fluid that
fills as many workers as there are by then. Which jobs went where is then played in full.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from heapq import heapify, heapreplace
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from samovar.routing import (
    Load,
    Reason,
    RouteLimits,
    grown,
    is_awake,
    is_woken,
    share,
    wanted,
)

from samovar_cli.simulate.calls import Calls
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import read_prices
from samovar_cli.simulate.waking import Waking

if TYPE_CHECKING:
    from samovar_cli.simulate.scenario import Scenario

_TAKE_S = 0.012  # of a process, to take a job
_JOBS, _LEAST_S, _MOST_S = 16, 1.0, 10.0  # between what a process tells, as samovar.router has it
_TOLD_S = 20.0  # between what workers tell, as samovar.route_signals has it
_TAIL_S = 900.0  # that an endpoint stays after its last call
_EPOCH_MS = 1_000_000_000  # of simulated times, which begin at 0
_POLLERS, _MORE_A_SECOND = 5.0, 5.0


@dataclass(frozen=True, slots=True)
class Routed(Outcome):
    """Both lanes over one trace, and what the router itself did."""

    light: Outcome | None = None
    heavy: Outcome | None = None
    writes: int = 0
    reads: int = 0


def by_auto(scenario: "Scenario", calls: Calls) -> Outcome:
    """A request is a job on the lane that is cheaper at its model's load."""
    from samovar_cli.simulate.scenario import by_endpoint, by_queue

    routing = Routing(scenario, calls, limits_of(scenario))
    heavy = routing.play()
    lanes = by_queue(scenario, calls.where(~heavy)), by_endpoint(scenario, calls.where(heavy))
    return _together(heavy, *lanes, routing)


def limits_of(scenario: "Scenario") -> RouteLimits:
    """What the router is set to for a deployment like this one, by the shipped prices."""
    prices = _shipped()
    load = scenario.load
    second = prices[f"lambda.gb_second_{load.architecture}"] * load.memory_gb * scenario.slowness
    call = prices["s3.put"] + prices["s3.get"] + prices["sns.notice"]
    return RouteLimits(
        worth=prices[f"instances.{load.instance}"] / 3600 / second,
        call=call / second,
        speed=scenario.instance_speed,
        instances=scenario.instances,
        waste_s=scenario.wake_s + _TAIL_S,
        wake_s=max(600.0, 2 * scenario.wake_s),
    )


_shipped = cache(read_prices)
