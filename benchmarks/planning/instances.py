"""Requests that are jobs for instances that sleep at zero: the least that these are awake."""

import numpy as np
from numpy.typing import NDArray
from samovar_cli.planning.work import ENDPOINT, Candidate, scenario
from samovar_cli.simulate.prices import Prices

from benchmarks.planning.loads import Trace
from benchmarks.planning.services import LATE, SIZES, Service
from benchmarks.planning.unit_costs import Counted, lane_costs

Array = NDArray[np.float64]
_PENALTIES = np.concatenate(([0.0], np.geomspace(0.3, 3000.0, 23)))  # in seconds of an instance
_SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


def least(service: Service, trace: Trace, prices: Prices) -> float:
    """A lower bound on the cost, US dollars; infinite where nobody measured an instance.

    Each time that instances wake, they are paid for from then on until the last of the requests
    that they answer has come, and for at least the time that the runs take in the largest
    batches; hence for any average of the two. Nothing is paid for the minutes in which an alarm
    makes up its mind, or an instance is not given back.
    """
    work, requests = service.work, len(trace.times)
    if not work.gpu_speed:
        return np.inf
    load = scenario(work, Candidate(ENDPOINT)).load
    costs = lane_costs("endpoint", load, prices, Counted(requests, trace.seconds), (1, 1))
    second = prices[f"instances.{load.instance}"] / 3600
    run_s = requests * work.run_of(SIZES, work.gpu_speed) / SIZES
    awake = awake_s(trace.times, (work.wake_s, service.slo_s), _PENALTIES, _SHARES)
    allowed = LATE * requests * _PENALTIES[:, None]
    least_s = (awake + (1 - _SHARES) * run_s - allowed).max()
    return float(costs.whole + second * least_s)


def awake_s(
    times: Array, wake_slo_s: tuple[float, float], penalties: Array, shares: Array
) -> Array:
    """The least time that instances are awake, and penalties; float64 (penalties, shares).

    Consecutive requests are answered by instances that wake once, or are late, for a penalty
    in seconds. To wake takes so long; the first of them is there no later than the SLO after
    the first of the requests, and stays until the last. Of that time each share is counted.
    """
    wake_s, slo_s = wake_slo_s
    within = np.searchsorted(times, times - slo_s, "left").tolist()
    late = np.repeat(penalties[:, None], len(shares), axis=1)
    best = np.zeros((len(times) + 1, *late.shape))
    since, done = np.full_like(late, np.inf), 0  # the best start that is longer ago than the SLO
    for last, (time, first) in enumerate(zip(times.tolist(), within, strict=True)):
        for start in range(done, first):
            np.minimum(since, best[start] - (times[start] + slo_s) * shares, out=since)
        done = first
        there = np.minimum(best[first], since + time * shares) + wake_s
        np.minimum(best[last] + late, there, out=best[last + 1])
    return best[-1]
