"""The rules of two papers, and of no planner: how each would serve a trace.

BATCH: Ali, Pinciroli, Yan, Smirni: "BATCH: Machine Learning Inference Serving on Serverless
Platforms with Adaptive Batching", SC 2020. HarmonyBatch: Chen, Xu, Gu, Chen, Liu, Zhou:
"HarmonyBatch: Batching multi-SLO DNN Inference with Heterogeneous Serverless Functions",
IWQoS 2024. Both buffer requests in front of functions, with a timeout that need not be whole
seconds, and weigh what functions cost: their time and their requests. Here the buffer is a
queue, as it has to be on AWS, and is played with their timeout; a batch of one is a call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import Scenario

from benchmarks.planning.buffers import buffered
from benchmarks.planning.jobs import RECEIVE_S
from benchmarks.planning.loads import Trace
from benchmarks.planning.mmpp import fitted
from benchmarks.planning.noise import Noise
from benchmarks.planning.services import LATE, SIZES, Service
from benchmarks.planning.unit_costs import Counted, lane_costs

_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, SIZES)
_TIMEOUTS = 16  # that BATCH tries, from none to the SLO
_SAMPLED = 4_000  # requests of the fitted process that it looks at
_LONGEST = 0.999  # of runs: what a profile of some thousand runs has as its longest


@dataclass(frozen=True, slots=True)
class Choice:
    """How requests are buffered, and where they run."""

    memory_mb: int
    batch: int = 1
    timeout_s: float = 0.0


def one_by_one(service: Service, trace: Trace, prices: Prices) -> Choice:
    """A request is an invocation, in the least memory in which it is in time; else the most."""
    del trace, prices
    noise = Noise(service.work.noise)
    for memory_mb in service.memories_mb():
        there = service.there(memory_mb)
        limit = (service.slo_s - there.overhead_s) / (there.run_s * there.slowness)
        if noise.over(np.array(limit)) <= LATE:
            return Choice(memory_mb)
    return Choice(service.memories_mb()[-1])


def batch(service: Service, trace: Trace, prices: Prices, *, told: bool = False) -> Choice:
    """BATCH's: of all memory sizes, batches and timeouts the cheapest in time.

    Arrivals are those of a Markov-modulated Poisson process of two states that is fitted to
    the trace; runs take what a profile says, long ones. The paper solves the buffer's chain;
    here a long sample of the process goes through it. In time is the SLO's percentile.
    """
    times = fitted(trace).sample(_SAMPLED, np.random.default_rng(0))
    slow = Noise(service.work.noise).quantile(1 - LATE)
    found = []
    for size in _BATCHES:
        for timeout_s in np.linspace(0, service.slo_s, _TIMEOUTS)[1:] if size > 1 else (0.0,):
            through = buffered(times, size, float(timeout_s))
            for memory_mb in service.memories_mb():
                there = service.there(memory_mb)
                run_s = np.array([0.0, *(_run_s(there, k) for k in range(1, SIZES + 1))])
                late = float((through.latency_s(run_s * slow) > _left_s(service)).mean())
                bill = _Bill.of(there, size, trace, prices, told=told)
                ran_s = float(run_s[through.sizes].sum())
                cost = bill.each(ran_s, len(through.sizes), len(times))
                found.append(((late > LATE, cost), Choice(memory_mb, size, float(timeout_s))))
    return min(found, key=lambda pair: pair[0])[1]


def harmony(service: Service, trace: Trace, prices: Prices, *, told: bool = False) -> Choice:
    """HarmonyBatch's, for an application by itself and functions without a GPU.

    A batch of b gathers for (b - 1) / rate, which with the longest run has to be in time; it
    is taken to be full, and to take an average run.
    """
    rate, longest = len(trace.times) / trace.seconds, Noise(service.work.noise).quantile(_LONGEST)
    found: list[tuple[float, Choice]] = []
    for size in range(1, SIZES + 1):
        timeout_s = (size - 1) / rate
        for memory_mb in service.memories_mb():
            there = service.there(memory_mb)
            run_s = _run_s(there, size)
            if timeout_s + run_s * longest <= _left_s(service):
                cost = _Bill.of(there, size, trace, prices, told=told).each(run_s, 1, size)
                found.append((cost, Choice(memory_mb, size, timeout_s)))
    return min(found, key=lambda pair: pair[0])[1] if found else one_by_one(service, trace, prices)


def _run_s(there: Scenario, size: int) -> float:
    return (there.shared_s + (there.run_s - there.shared_s) * size) * there.slowness


def _left_s(service: Service) -> float:
    """Of the SLO, beside the way to a worker."""
    return service.slo_s - RECEIVE_S


@dataclass(frozen=True, slots=True)
class _Bill:
    """What a rule weighs, US dollars: the papers' function, or all that is billed."""

    request: float
    invocation: float
    run_s: float

    @classmethod
    def of(cls, there: Scenario, size: int, trace: Trace, prices: Prices, *, told: bool) -> "_Bill":
        load, requests = there.load, len(trace.times)
        if not told:
            second = load.memory_gb * prices[f"lambda.gb_second_{load.architecture}"]
            return cls(0.0, prices["lambda.request"], second)
        counted, lane = Counted(requests, trace.seconds), "queue" if size > 1 else "function"
        costs = lane_costs(lane, load, prices, counted, (requests / size, requests))
        return cls(costs.whole / requests, costs.batch + costs.receive, costs.run_s)

    def each(self, run_s: float, invocations: int, requests: int) -> float:
        """A request, on average over so many."""
        return self.request + (invocations * self.invocation + run_s * self.run_s) / requests


RULES: Mapping[str, Callable[[Service, Trace, Prices], Choice]] = {
    "one by one": one_by_one,
    "BATCH": batch,
    "HarmonyBatch": harmony,
    "BATCH, told all": partial(batch, told=True),
    "HarmonyBatch, told all": partial(harmony, told=True),
}
"""Name → a rule; as published, and told what else is billed here: gateway, queue, table."""
