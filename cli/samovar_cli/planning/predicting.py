"""What a candidate would do: latencies, cold starts and the bill, by analysis. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.gathering import Gathering
from samovar_cli.planning.latency import Floats, Latency, billed_run_s
from samovar_cli.planning.work import FUNCTION, QUEUE, Candidate, Work, scenario
from samovar_cli.simulate.bill import MONTH_S, Bill, total
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import LANES, Scenario

ANALYSED, SIMULATED = "analysed", "simulated"
RECEIVE_S = 0.02  # from a message sent to a poller that has it, as the simulator takes it
TIMEOUT_S = 29.0
_POLLERS = 5
_LIGHT = 2.0  # runs at once that five pollers take without anybody waiting for one


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one candidate would do. A month's bill, in US dollars."""

    candidate: Candidate
    p50_s: float
    p95_s: float
    p99_s: float
    over: float  # the share of requests over the SLO, or never answered
    cold_a_second: float
    bill: Bill = field(repr=False)
    how: str = ANALYSED
    latency: Latency | None = field(default=None, repr=False)

    @property
    def month(self) -> float:
        """All parts of the bill, US dollars."""
        return total(self.bill)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a lane is expected to do in a month, and how long it makes its callers wait."""

    outcome: Outcome
    latency: Latency
    is_sure: bool = True  # whether the analysis holds for such a load


def expect(work: Work, arrivals: Arrivals, candidate: Candidate) -> Expected:
    """A month of a candidate of the lanes "function" and "queue"."""
    return EXPECTED[candidate.lane](scenario(work, candidate), arrivals)


def predict(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo_s: float = 1.0
) -> Prediction:
    """What a candidate would do: latencies, the share over `slo_s` and a month's bill.

    By analysis where that holds, else by a simulation, which `how` says.
    """
    if candidate.lane in EXPECTED:
        found = expect(work, arrivals, candidate)
        if found.is_sure:
            return predicted(work, candidate, found, prices, slo_s)
    from samovar_cli.planning.playing import played

    return played(work, arrivals, candidate, prices, slo_s)


def predicted(
    work: Work, candidate: Candidate, found: Expected, prices: Prices, slo_s: float
) -> Prediction:
    """What was expected, as a prediction."""
    bill = bill_of(work, candidate, found.outcome, prices)
    p50_s, p95_s, p99_s = found.latency.percentiles_s((50, 95, 99))
    return Prediction(
        candidate,
        p50_s,
        p95_s,
        p99_s,
        found.latency.share_over(slo_s),
        found.outcome.cold_starts / MONTH_S,
        bill,
        latency=found.latency,
    )


def bill_of(work: Work, candidate: Candidate, outcome: Outcome, prices: Prices) -> Bill:
    """What an outcome costs in a candidate's lane, part by part."""
    return LANES[candidate.lane][1](scenario(work, candidate).load, outcome, prices)


def month_of(
    rate: float, *, batches: float = 0.0, run_s: float = 0.0, busy_s: float = 0.0
) -> Outcome:
    """A month of `rate` requests a second; the others are given by the second too.

    `busy_s` is of instances that are never idle.
    """
    return Outcome(
        _requests(rate),
        MONTH_S,
        batches=round(batches * MONTH_S),
        run_s=run_s * MONTH_S,
        instance_s=busy_s * MONTH_S,
        busy_s=busy_s * MONTH_S,
    )


def _by_function(played: Scenario, arrivals: Arrivals) -> Expected:
    run_s = played.run_s * played.slowness
    levels = arrivals.pattern.levels(run_s)
    ready = played.provisioned
    refused = levels.refused(played.most)
    rate = arrivals.rate * (1 - refused)
    cold = min(levels.cold_over(ready) / arrivals.rate, 1.0)
    kept = levels.busy_under(ready) / max(levels.busy_under(played.most), 1e-300)
    runs = rate * MONTH_S
    billed = billed_run_s(min(run_s, TIMEOUT_S), played.noise) * runs
    colds = cold * runs
    outcome = Outcome(
        _requests(arrivals.rate),
        MONTH_S,
        batches=round(runs),
        cold_starts=round(colds),
        throttled=round(refused * arrivals.rate * MONTH_S),
        run_s=billed * (1 - kept),
        ready_run_s=billed * kept,
        ready_s=ready * MONTH_S,
        init_s=colds * billed_run_s(played.init_s, 0),
    )
    fixed = played.overhead_s + np.array([0.0, played.init_s])
    weight = np.array([1 - cold, cold]) * (1 - refused) * (run_s < TIMEOUT_S)
    return Expected(outcome, Latency(fixed, np.full(2, run_s), weight, played.noise))


def _by_queue(played: Scenario, arrivals: Arrivals) -> Expected:
    gathered = arrivals.pattern.gather(round(played.window_s), played.batch)
    slowness = played.slowness
    shared, each = played.shared_s * slowness, (played.run_s - played.shared_s) * slowness
    runs = gathered.batches_a_second
    run_s = shared + each * float(gathered.shares @ gathered.sizes)
    cold = _cold_batches(gathered, arrivals, run_s)
    outcome = Outcome(
        _requests(arrivals.rate),
        MONTH_S,
        batches=round(runs * MONTH_S),
        cold_starts=round(cold * runs * MONTH_S),
        run_s=_billed(gathered, shared, each, played.noise) * runs * MONTH_S,
        init_s=cold * runs * MONTH_S * billed_run_s(played.init_s, 0),
        receives=round(gathered.receives * runs * MONTH_S),
    )
    fixed, run = RECEIVE_S + gathered.wait_s, shared + each * gathered.size
    latency = _cold_too(Latency(fixed, run, gathered.weight, played.noise), cold, played.init_s)
    is_sure = runs * run_s < _LIGHT and played.most >= _POLLERS
    return Expected(outcome, latency, is_sure)


def _cold_batches(gathered: Gathering, arrivals: Arrivals, run_s: float) -> float:
    """The share of batches that begin in a new environment."""
    levels = arrivals.pattern.levels(max(run_s * gathered.batches_a_second / arrivals.rate, 1e-6))
    return min(float(levels.cold.sum()) / gathered.batches_a_second, 1.0)


def _billed(gathered: Gathering, shared: float, each: float, noise: float) -> float:
    """What a batch is billed on average, seconds."""
    runs = shared + each * gathered.sizes
    return float(
        sum(p * billed_run_s(s, noise) for p, s in zip(gathered.shares, runs, strict=True))
    )


def _cold_too(warm: Latency, cold: float, init_s: float) -> Latency:
    return Latency(
        np.concatenate((warm.fixed_s, warm.fixed_s + init_s)),
        np.tile(warm.run_s, 2),
        np.concatenate((warm.weight * (1 - cold), warm.weight * cold)),
        warm.noise,
    )


def _requests(rate: float) -> Floats:
    """As many requests as a month has; an outcome counts them by its latencies."""
    return np.broadcast_to(np.float64(0.0), (max(ceil(rate * MONTH_S), 1),))


EXPECTED: Mapping[str, Callable[[Scenario, Arrivals], Expected]] = {
    FUNCTION: _by_function,
    QUEUE: _by_queue,
}
"""Lane → what is expected of it."""
