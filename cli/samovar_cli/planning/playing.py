"""A candidate played by the simulator, where analysis does not hold."""

from functools import lru_cache

import numpy as np

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.predicting import SIMULATED, Prediction
from samovar_cli.planning.work import Candidate, Work, scenario
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.bill import MONTH_S
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import Lane, run_lane

_REQUESTS = 40_000
_LEAST_S = 4 * 3600.0  # an endpoint falls asleep and wakes in that
_MOST_S = 200 * 3600.0
_SEED = 5


def played(
    work: Work,
    arrivals: Arrivals,
    candidate: Candidate,
    prices: Prices,
    slo_s: float,
    most: int = 0,
) -> Prediction:
    """What the simulator makes of a candidate over the trace, or over some of its rate.

    Of a trace, no more than `most` requests from its middle, where that is not 0.
    """
    lane, seconds = play(work, arrivals, candidate, prices, most)
    outcome = lane.outcome
    return Prediction(
        candidate,
        outcome.percentile_s(50),
        outcome.percentile_s(95),
        outcome.percentile_s(99),
        outcome.share_over(slo_s),
        outcome.cold_starts / seconds,
        {part: amount * MONTH_S / seconds for part, amount in lane.bill.items()},
        SIMULATED,
    )


def play(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, most: int = 0
) -> tuple[Lane, float]:
    """A simulated lane, and how many seconds were simulated."""
    times, seconds = arrivals.times, arrivals.seconds
    if times is None:
        seconds = min(max(_REQUESTS / arrivals.rate, _LEAST_S), _MOST_S)
        seconds = min(seconds, max(10 * _REQUESTS / arrivals.rate, 60.0))
        times = _poisson(arrivals.rate, seconds)
    elif most and len(times) > most:
        first = (len(times) - most) // 2
        times = times[first : first + most] - times[first]
        seconds = float(times[-1])
    rng = np.random.default_rng((_SEED, 1))
    found = run_lane(candidate.lane, scenario(work, candidate), times, seconds, prices, rng)
    return found, seconds


@lru_cache(maxsize=8)
def _poisson(rate: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return poisson(rate, seconds, np.random.default_rng((_SEED, 0)))
