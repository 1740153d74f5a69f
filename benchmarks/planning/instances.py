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

    Instances are paid for at least as long as one of them is awake, and for at least the time
    that the runs take in the largest batches; hence for any average of the two. Nothing is
    paid for the minutes in which an alarm makes up its mind, or an instance is not given back.
    """
    work, requests = service.work, len(trace.times)
    if not work.gpu_speed:
        return np.inf
    load = scenario(work, Candidate(ENDPOINT)).load
    costs = lane_costs("endpoint", load, prices, Counted(requests, trace.seconds), (1, 1))
    second = prices[f"instances.{load.instance}"] / 3600
    run_s = requests * work.run_of(SIZES, work.gpu_speed) / SIZES
    most = awake_s(trace.times, work.wake_s - service.slo_s, _PENALTIES, _SHARES)
    allowed = LATE * requests * _PENALTIES[:, None]
    least_s = (most + (1 - _SHARES) * run_s - allowed).max()
    return float(costs.whole + second * least_s)


def awake_s(times: Array, wake_s: float, penalties: Array, shares: Array) -> Array:
    """The least time that an instance is awake, and penalties; float64 (penalties, shares).

    It is awake when a request comes, or the request is late and a penalty paid, in seconds.
    To wake it takes `wake_s`. Of the time, each of the shares is counted.
    """
    late = np.repeat(penalties[:, None], len(shares), axis=1)
    wake = wake_s * shares
    asleep, awake = np.zeros_like(late), np.full_like(late, np.inf)
    for gap in np.diff(times, prepend=times[:1]).tolist():
        still = awake + gap * shares
        asleep = np.minimum(asleep, awake)  # it fell asleep as soon as the last was answered
        awake = np.minimum(still, asleep + wake)
        asleep = asleep + late
    return np.minimum(asleep, awake)
