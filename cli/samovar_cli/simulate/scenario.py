"""The ways to answer a load. Pure; times in seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.bill import (
    Bill,
    Load,
    endpoint_bill,
    function_bill,
    instance_bill,
    queue_bill,
    serverless_bill,
    serverless_mb,
)
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.endpoint import Endpoint, answer
from samovar_cli.simulate.fleet import Rules
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.outcome import Outcome, Usage
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.queue import Batches, Queue, work
from samovar_cli.simulate.routed import auto_bill, by_auto
from samovar_cli.simulate.setting import Scenario

__all__ = [
    "LANES",
    "Lane",
    "Price",
    "Run",
    "Scenario",
    "by_endpoint",
    "by_function",
    "by_instance",
    "by_queue",
    "by_serverless",
    "endpoint_of",
    "play",
    "run_lane",
]
_MOST_POLLERS = 1250
_MOST_SERVERLESS = 200  # environments of a serverless endpoint
_REAL_TIME_S = 60.0  # that SageMaker waits for an answer


@dataclass(frozen=True, slots=True)
class Lane:
    """How one lane did, and what it cost."""

    outcome: Outcome
    bill: Bill


def by_function(scenario: Scenario, calls: Calls) -> Outcome:
    """A request is an invocation of a function, and its caller waits."""
    function = Function(scenario.start_s, scenario.overhead_s, scaling=scenario.scaling)
    return serve(function, calls.at_s, _runs(scenario, calls, scenario.slowness), calls.seconds)


def by_queue(scenario: Scenario, calls: Calls) -> Outcome:
    """A request is a job, which waits in SQS for a worker."""
    slowness = scenario.slowness
    queue = Queue(
        _batches(scenario, scenario.batch, slowness),
        scenario.start_s,
        most=min(scenario.most, _MOST_POLLERS),
        scaling=scenario.scaling,
    )
    return work(queue, calls.at_s, calls.factors, calls.seconds, _more(calls, slowness))


def by_endpoint(scenario: Scenario, calls: Calls) -> Outcome:
    """A request is a job, which waits for an instance that sleeps at zero."""
    return _on_instances(scenario, calls, endpoint_of(scenario))


def endpoint_of(scenario: Scenario) -> Endpoint:
    """Instances that sleep at zero, and the way to them."""
    rules = Rules(
        most=scenario.instances, target=float(scenario.gpu_batch), start_s=scenario.wake_s
    )
    return Endpoint(_batches_there(scenario), rules)


def by_instance(scenario: Scenario, calls: Calls) -> Outcome:
    """A request is a call of instances that never sleep, and its caller waits."""
    workers = scenario.instances * scenario.instance_workers
    rules = Rules(workers, workers, float(scenario.gpu_batch), start_s=0.0)
    batches, limit_s = _batches_there(scenario), _REAL_TIME_S
    endpoint = Endpoint(batches, rules, scenario.overhead_s, limit_s, limit_s)
    found = _on_instances(scenario, calls, endpoint)
    busy_s = found.busy_s / scenario.instance_workers
    return replace(found, instance_s=scenario.instances * calls.seconds, busy_s=busy_s)


def by_serverless(scenario: Scenario, calls: Calls) -> Outcome:
    """A request is a call of a SageMaker Serverless endpoint, and its caller waits.

    Its environments are taken to come, and to be kept, as a function's; AWS does not say.
    """
    load = replace(scenario.load, memory_mb=serverless_mb(scenario.load))
    there = replace(scenario, load=load, most=min(scenario.most, _MOST_SERVERLESS), provisioned=0)
    init_s = scenario.init_s + scenario.image_s
    function = Function(init_s, scenario.overhead_s, _REAL_TIME_S, there.scaling)
    return serve(function, calls.at_s, _runs(there, calls, there.slowness), calls.seconds)


def _runs(scenario: Scenario, calls: Calls, slowness: float) -> NDArray[np.float64]:
    """How long each call runs alone, float64 (n,)."""
    alone = scenario.run_s if calls.more_s is None else scenario.run_s + calls.more_s
    return np.asarray(slowness * alone * calls.factors)


def _more(calls: Calls, slowness: float) -> NDArray[np.float64] | None:
    return None if calls.more_s is None else calls.more_s * slowness


def _on_instances(scenario: Scenario, calls: Calls, endpoint: Endpoint) -> Outcome:
    more_s = _more(calls, 1 / scenario.instance_speed)
    return answer(endpoint, calls.at_s, calls.factors, calls.seconds, more_s)


def _batches_there(scenario: Scenario) -> Batches:
    return _batches(scenario, scenario.gpu_batch, 1 / scenario.instance_speed)


def _batches(scenario: Scenario, size: int, times: float) -> Batches:
    each = scenario.run_s - scenario.shared_s
    return Batches(size, scenario.window_s, scenario.shared_s * times, each * times)


Run = Callable[[Scenario, Calls], Outcome]
Price = Callable[[Load, Usage, Prices], Bill]
LANES: Mapping[str, tuple[Run, Price]] = {
    "function": (by_function, function_bill),
    "queue": (by_queue, queue_bill),
    "endpoint": (by_endpoint, endpoint_bill),
    "serverless": (by_serverless, serverless_bill),
    "instance": (by_instance, instance_bill),
    "auto": (by_auto, auto_bill),
}
"""Name → how a lane answers, and what that costs."""


def play(name: str, scenario: Scenario, calls: Calls, prices: Prices) -> Lane:
    """One lane of `LANES` over the calls of a trace, and its bill."""
    run, price = LANES[name]
    outcome = run(scenario, calls)
    return Lane(outcome, price(scenario.load, outcome, prices))


def run_lane(
    name: str,
    scenario: Scenario,
    arrivals: NDArray[np.float64],
    seconds: float,
    prices: Prices,
    rng: np.random.Generator,
) -> Lane:
    """One lane over a trace of requests with bodies of one size, the noise drawn from `rng`."""
    calls = Calls(arrivals, noise(scenario.noise, len(arrivals), rng), seconds)
    return play(name, scenario, calls, prices)
