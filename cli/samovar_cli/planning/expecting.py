"""What a lane is expected to do in a month, by analysis. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.cycles import cycle, cycle_latency, cycle_month, is_light
from samovar_cli.planning.gathering import Gathering
from samovar_cli.planning.latency import Latency, billed_run_s
from samovar_cli.planning.usage import Month, month_of
from samovar_cli.planning.work import (
    ENDPOINT,
    FUNCTION,
    QUEUE,
    SERVERLESS,
    Candidate,
    Work,
    scenario,
)
from samovar_cli.simulate.bill import serverless_mb
from samovar_cli.simulate.scenario import Scenario

RECEIVE_S = 0.02  # from a message sent to a poller that has it, as the simulator takes it
TIMEOUT_S = 29.0
_POLLERS = 5
_MOST_SERVERLESS = 200  # environments of a serverless endpoint
_WORKER_S = 60.0  # that a worker may run …
_LONGEST = 1.5  # … of which a run on average takes so much less
_SOON = 100.0  # runs at once for which there are pollers in no time to speak of
_SELDOM = 0.002  # of the time
_LIGHT = 2.0  # runs at once that five pollers take without anybody waiting for one


@dataclass(frozen=True, slots=True)
class Expected:
    """What a lane is expected to do in a month, and how long it makes its callers wait."""

    month: Month
    latency: Latency
    is_sure: bool = True  # whether the analysis holds for such a load


def expect(work: Work, arrivals: Arrivals, candidate: Candidate) -> Expected:
    """A month of a candidate of a lane of `EXPECTED`."""
    return EXPECTED[candidate.lane](scenario(work, candidate), arrivals)


def _by_function(there: Scenario, arrivals: Arrivals) -> Expected:
    run_s = there.run_s * there.slowness
    levels = arrivals.pattern.levels(run_s)
    ready = there.provisioned
    refused = levels.refused(there.most)
    rate = arrivals.rate * (1 - refused)
    cold = min(levels.cold_over(ready) / arrivals.rate, 1.0)
    kept = min(levels.carried(ready) / max(levels.carried(there.most), 1e-300), 1.0)
    billed = billed_run_s(min(run_s, TIMEOUT_S), there.noise) * rate
    month = month_of(
        arrivals.rate,
        batches=rate,
        run_s=billed * (1 - kept),
        ready_run_s=billed * kept,
        ready_s=ready,
        init_s=cold * rate * billed_run_s(there.init_s, 0),
        cold_starts=cold * rate,
    )
    fixed = there.overhead_s + np.array([0.0, there.init_s])
    weight = np.array([1 - cold, cold]) * (1 - refused) * (run_s < TIMEOUT_S)
    is_sure = not ready or not arrivals.peaks  # on a trace, overflow depends on what came before
    return Expected(month, Latency(fixed, np.full(2, run_s), weight, there.noise), is_sure)


def _by_serverless(there: Scenario, arrivals: Arrivals) -> Expected:
    load = replace(there.load, memory_mb=serverless_mb(there.load))
    init_s = there.init_s + there.image_s
    most = min(there.most, _MOST_SERVERLESS)
    return _by_function(
        replace(there, load=load, init_s=init_s, most=most, provisioned=0), arrivals
    )


def _by_queue(there: Scenario, arrivals: Arrivals) -> Expected:
    gathered = arrivals.pattern.gather(round(there.window_s), there.batch)
    slowness = there.slowness
    shared, each = there.shared_s * slowness, (there.run_s - there.shared_s) * slowness
    batches = gathered.batches_a_second
    run_s = shared + each * float(gathered.shares @ gathered.sizes)
    levels = arrivals.pattern.levels(max(run_s * batches / arrivals.rate, 1e-6))
    ready = there.provisioned
    cold = min(levels.cold_over(ready) / batches, 1.0)
    kept = levels.carried(ready) / max(levels.load, 1e-300)
    billed = _billed(gathered, shared, each, there.noise) * batches
    month = month_of(
        arrivals.rate,
        batches=batches,
        run_s=billed * (1 - kept),
        ready_run_s=billed * kept,
        ready_s=ready,
        init_s=cold * batches * billed_run_s(there.init_s, 0),
        receives=gathered.receives * batches,
        cold_starts=cold * batches,
    )
    fixed, run = RECEIVE_S + gathered.wait_s, shared + each * gathered.size
    latency = _cold_too(Latency(fixed, run, gathered.weight, there.noise), cold, there.init_s)
    in_time = shared + each * float(gathered.sizes.max()) < _WORKER_S / _LONGEST
    return Expected(
        month,
        latency if in_time else replace(latency, weight=latency.weight * 0),
        _is_light(there, arrivals, gathered, run_s),
    )


def _is_light(there: Scenario, arrivals: Arrivals, gathered: Gathering, run_s: float) -> bool:
    """Whether a batch hardly ever waits for a poller, or no longer for one than it gathers.

    A steady load is in the second case where there is a window; a trace's pollers have to come
    as fast as its load does, and only playing it shows that.
    """
    at_work = gathered.batches_a_second * run_s
    if there.most < _POLLERS or there.provisioned or at_work > min(there.most / 2, _SOON):
        return False
    if arrivals.peaks is None:
        return there.window_s > 0 or at_work < _LIGHT
    hold_s = run_s * gathered.batches_a_second / arrivals.rate
    return arrivals.pattern.levels(hold_s).reached(_SELDOM) <= _POLLERS


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


def _by_endpoint(there: Scenario, arrivals: Arrivals) -> Expected:
    one = cycle(there, arrivals.rate)
    is_sure = arrivals.peaks is None and is_light(one)
    return Expected(cycle_month(one), cycle_latency(one, there.noise), is_sure)


EXPECTED: Mapping[str, Callable[[Scenario, Arrivals], Expected]] = {
    FUNCTION: _by_function,
    QUEUE: _by_queue,
    ENDPOINT: _by_endpoint,
    SERVERLESS: _by_serverless,
}
"""Lane → what is expected of it."""
