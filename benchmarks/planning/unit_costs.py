"""What a request, a batch and a second cost at each door, read off the simulator's own bills.

A bill is a sum of straight lines: what one more of something costs is the difference that it
makes. So a part that is added to a bill is in the bound from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from samovar_cli.simulate.bill import Bill, Load, total
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import LANES

_SCALE = 1_000_000  # over which what is rounded in a bill does not show


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """US dollars at one door."""

    request: float
    batch: float  # an invocation, beside its time
    run_s: float  # a second of a function that runs
    instance_s: float  # a second of an instance
    second: float  # of the lane standing there


def unit_costs(lane: str, load: Load, prices: Prices) -> UnitCosts:
    """What one more of each costs in a lane of `LANES`."""
    bill = LANES[lane][1]
    return UnitCosts(
        request=_slope(bill, load, prices, requests=_SCALE),
        batch=_slope(bill, load, prices, batches=_SCALE),
        run_s=_slope(bill, load, prices, run_s=_SCALE),
        instance_s=_slope(bill, load, prices, instance_s=_SCALE),
        second=_slope(bill, load, prices, seconds=_SCALE),
    )


def _slope(
    bill: Callable[[Load, Outcome, Prices], Bill], load: Load, prices: Prices, **more: int
) -> float:
    return (total(bill(load, _outcome(**more), prices)) - total(bill(load, _outcome(), prices))) / (
        _SCALE
    )


def _outcome(requests: int = 0, seconds: float = 0.0, **parts: float) -> Outcome:
    return Outcome(np.zeros(requests), seconds, **parts)  # type: ignore[arg-type]  # counts
