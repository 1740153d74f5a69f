"""A load and three ways to answer it. Pure; times in seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.bill import Bill, Load, endpoint_bill, function_bill, queue_bill
from samovar_cli.simulate.endpoint import Endpoint, answer
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.fleet import Rules
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.queue import Batches, Queue, work

_ONE_VCPU_MB = 1769


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a request takes, and what there is to answer it."""

    run_s: float  # of one request alone on one vCPU
    shared_s: float = 0.0  # of that, what requests of a batch share
    noise: float = 0.2  # coefficient of variation of a run's time
    init_s: float = 0.5  # of a function's cold start
    overhead_s: float = 0.01  # of gateway and network
    most: int = 1000  # environments at once
    batch: int = 32  # messages of a worker's invocation at most
    window_s: float = 1.0
    gpu_speed: float = 10.0  # how much faster an instance of the endpoint is than one vCPU
    gpu_batch: int = 4  # calls that an instance answers at once
    instances: int = 1  # at most
    wake_s: float = 300.0
    load: Load = field(default_factory=Load)

    @property
    def slowness(self) -> float:
        """How much longer a run takes than on one vCPU: less memory is less of one.

        More than one vCPU is taken to help nothing, until it is measured.
        """
        return max(1.0, _ONE_VCPU_MB / self.load.memory_mb)


@dataclass(frozen=True, slots=True)
class Lane:
    """How one lane did, and what it cost."""

    outcome: Outcome
    bill: Bill


def noise(scenario: Scenario, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Factors on the time of runs, float64 (count,): gamma, of mean 1."""
    if not scenario.noise:
        return np.ones(count)
    shape = 1 / scenario.noise**2
    return rng.gamma(shape, 1 / shape, count)


def by_function(
    scenario: Scenario, arrivals: NDArray[np.float64], factors: NDArray[np.float64], seconds: float
) -> Outcome:
    """A request is an invocation of a function, and its caller waits."""
    function = Function(scenario.init_s, scenario.overhead_s, scaling=Scaling(most=scenario.most))
    return serve(function, arrivals, scenario.run_s * scenario.slowness * factors, seconds)


def by_queue(
    scenario: Scenario, arrivals: NDArray[np.float64], factors: NDArray[np.float64], seconds: float
) -> Outcome:
    """A request is a job, which waits in SQS for a worker."""
    queue = Queue(
        _batches(scenario, scenario.batch, scenario.slowness),
        scenario.init_s,
        most=min(scenario.most, 1250),
        scaling=Scaling(most=scenario.most),
    )
    return work(queue, arrivals, factors, seconds)


def by_endpoint(
    scenario: Scenario, arrivals: NDArray[np.float64], factors: NDArray[np.float64], seconds: float
) -> Outcome:
    """A request is a job, which waits for a GPU that sleeps at zero."""
    rules = Rules(
        most=scenario.instances, target=float(scenario.gpu_batch), start_s=scenario.wake_s
    )
    batches = _batches(scenario, scenario.gpu_batch, 1 / scenario.gpu_speed)
    return answer(Endpoint(batches, rules), arrivals, factors, seconds)


def _batches(scenario: Scenario, size: int, times: float) -> Batches:
    each = scenario.run_s - scenario.shared_s
    return Batches(size, scenario.window_s, scenario.shared_s * times, each * times)


Run = Callable[[Scenario, NDArray[np.float64], NDArray[np.float64], float], Outcome]
Price = Callable[[Load, Outcome, Prices], Bill]
LANES: Mapping[str, tuple[Run, Price]] = {
    "function": (by_function, function_bill),
    "queue": (by_queue, queue_bill),
    "endpoint": (by_endpoint, endpoint_bill),
}
"""Name → how a lane answers, and what that costs."""


def run_lane(
    name: str,
    scenario: Scenario,
    arrivals: NDArray[np.float64],
    seconds: float,
    prices: Prices,
    rng: np.random.Generator,
) -> Lane:
    """One lane of `LANES` over a trace."""
    run, price = LANES[name]
    outcome = run(scenario, arrivals, noise(scenario, len(arrivals), rng), seconds)
    return Lane(outcome, price(scenario.load, outcome, prices))
