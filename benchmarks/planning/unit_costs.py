"""What things cost in a lane, read off the simulator's own bills.

A bill is a straight line in nearly all that it counts, so what more of something costs is the
difference that it makes. In invocations it bends: the first one of each second is traced, a
metric is paid from its first count of an hour. Between two counts of invocations a bill lies
over its chord, which is what is taken here. A part that is added to a bill is in the bound
from then on.
"""

from dataclasses import dataclass, replace

from samovar_cli.simulate.bill import Load, total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import LANES

_MANY = 1_000_000  # seconds, over which nothing that a bill rounds shows


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a trace is billed."""

    requests: float
    seconds: float
    batches: float = 0.0
    receives: float = 1.0
    run_s: float = 0.0
    init_s: float = 0.0
    ready_run_s: float = 0.0
    ready_s: float = 0.0
    instance_s: float = 0.0
    busy_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LaneCosts:
    """US dollars of a trace in a lane, for a number of invocations within a range."""

    whole: float  # for the requests and the time, however they are answered
    batch: float  # an invocation
    receive: float  # a call that brings messages
    run_s: float  # a second that a function runs


def lane_costs(
    lane: str, load: Load, prices: Prices, counted: Counted, range_: tuple[float, float]
) -> LaneCosts:
    """Of a lane of `LANES`, for the requests of `counted` in an amount of batches of the range."""
    low, high = range_

    def bill(**parts: float) -> float:
        return total(LANES[lane][1](load, replace(counted, **parts), prices))

    first = bill(batches=low)
    batch = (bill(batches=high) - first) / (high - low) if high > low else 0.0
    receive = bill(batches=low, receives=2.0) - first
    run_s = (bill(batches=low, run_s=_MANY) - first) / _MANY
    return LaneCosts(first - batch * low - receive, batch, receive, run_s)
