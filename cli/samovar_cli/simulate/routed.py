"""The lane of a model that says `auto`: its router played, then both lanes of jobs in full."""

from dataclasses import dataclass, fields
from functools import cache
from math import exp
from typing import TYPE_CHECKING

import numpy as np
from samovar.routing import RouteLimits

from samovar_cli.simulate.bill import endpoint_bill, queue_bill, total
from samovar_cli.simulate.calls import Calls
from samovar_cli.simulate.charges import MONTH_S, Bill, Load, added, taken
from samovar_cli.simulate.outcome import Outcome, Usage
from samovar_cli.simulate.prices import Prices, read_prices
from samovar_cli.simulate.routing import Routing

if TYPE_CHECKING:
    from samovar_cli.simulate.scenario import Scenario

_TAIL_S = 900.0  # that an endpoint stays after its last call
_LEAST_WAKE_S = 600.0  # before it is called again to wake
_TOGETHER = 32  # jobs of one worker's run, where many come
_LINE_BYTES = 340  # of the log, for each job that is routed
_NONE = Outcome(np.empty(0), 1.0)


@dataclass(frozen=True, slots=True)
class Routed(Outcome):
    """Both lanes over one trace, and what the router itself did."""

    light: Outcome = _NONE
    heavy: Outcome = _NONE
    writes: int = 0
    reads: int = 0


def by_auto(scenario: "Scenario", calls: Calls) -> Outcome:
    """A request is a job on the lane that is cheaper at its model's load.

    The router is set by the shipped prices, as `samovar plan --apply` would.
    """
    from samovar_cli.simulate.scenario import by_endpoint, by_queue, endpoint_of

    limits = limits_of(scenario, _shipped())
    routing = Routing(scenario, endpoint_of(scenario), calls, limits)
    heavy = routing.play()
    light_lane = by_queue(scenario, calls.where(~heavy))
    return _together(routing, light_lane, by_endpoint(scenario, calls.where(heavy)))


def auto_bill(load: Load, usage: Usage, prices: Prices) -> Bill:
    """Both lanes, and the router. Raises TypeError for usage that is none of `by_auto`."""
    if not isinstance(usage, Routed):
        raise TypeError("what an auto lane uses is known from playing it alone")
    apart = [taken(load, lane, prices) for lane in (usage.light, usage.heavy)]
    return added(
        queue_bill(load, usage.light, prices),
        endpoint_bill(load, usage.heavy, prices),
        taken(load, usage, prices),  # one function takes the jobs of both
        {part: -amount for part, amount in added(*apart).items()},
        _routing(usage, prices),
    )


def limits_of(scenario: "Scenario", prices: Prices) -> RouteLimits:
    """What the router of a deployment like this one is to be set to."""
    load, many, there = scenario.load, _alone_s(scenario, _TOGETHER), scenario.gpu_batch
    second = prices[f"lambda.gb_second_{load.architecture}"] * load.memory_gb * scenario.slowness
    return RouteLimits(
        worth=prices[f"instances.{load.instance}"] / 3600 / second,
        call=_call_price(load, prices) / second,
        speed=scenario.instance_speed * many / _alone_s(scenario, there),
        instances=scenario.instances,
        waste_s=scenario.wake_s + _TAIL_S,
        wake_s=max(_LEAST_WAKE_S, 2 * scenario.wake_s),
    )


def said(limits: RouteLimits) -> str:
    """The parameter `AutoLane` that sets a router so; what is usual, and instances, left out."""
    usual, own = RouteLimits(), {"instances"}
    words = {each.name: getattr(limits, each.name) for each in fields(limits)}
    chosen = {name: value for name, value in words.items() if value != getattr(usual, name)}
    return ",".join(f"{name}={value:.4g}" for name, value in chosen.items() if name not in own)


_shipped = cache(read_prices)


def _together(routing: Routing, light: Outcome, heavy: Outcome) -> Routed:
    latency = np.empty(len(routing.heavy))
    latency[~routing.heavy], latency[routing.heavy] = light.latency_s, heavy.latency_s
    return Routed(
        latency,
        light.seconds,
        batches=light.batches + heavy.batches,
        cold_starts=light.cold_starts,
        throttled=light.throttled,
        timed_out=light.timed_out + heavy.timed_out,
        run_s=light.run_s,
        init_s=light.init_s,
        ready_run_s=light.ready_run_s,
        ready_s=light.ready_s,
        receives=light.receives,
        instance_s=heavy.instance_s,
        busy_s=heavy.busy_s,
        events=light.events + heavy.events + len(latency),
        light=light,
        heavy=heavy,
        writes=routing.writes,
        reads=routing.reads,
    )


def _routing(usage: Routed, prices: Prices) -> Bill:
    """Items of the load, written and read by half a unit; a line of each job, and its metrics."""
    hours = 1 - exp(-usage.requests / usage.seconds * 3600)
    reasons = 2 if usage.heavy.requests else 1  # that a model's jobs have in an hour
    return {
        "routing": usage.writes * prices["dynamodb.write"]
        + usage.reads * prices["dynamodb.read"] / 2
        + usage.requests * _LINE_BYTES / 1e9 * prices["logs.gb"]
        + reasons * hours * usage.seconds / MONTH_S * prices["metrics.month"]
    }


def _call_price(load: Load, prices: Prices) -> float:
    """What a job costs more on the endpoint than on the light lane, runs and instances aside."""
    jobs, seconds = 10_000, 1_000.0
    usage = Outcome(np.zeros(jobs), seconds, batches=jobs // 10)
    more = total(endpoint_bill(load, usage, prices)) - total(queue_bill(load, usage, prices))
    return max(more, 0.0) / jobs


def _alone_s(scenario: "Scenario", together: int) -> float:
    """What a request takes of one vCPU where so many share a run."""
    return scenario.run_s - scenario.shared_s * (1 - 1 / together)
