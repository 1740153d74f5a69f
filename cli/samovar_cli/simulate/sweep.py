"""Lanes over a range of rates: what each costs, and where one becomes cheaper than another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from samovar_cli.simulate.arrivals import SHAPES
from samovar_cli.simulate.bill import MONTH_S, total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import dollars, duration
from samovar_cli.simulate.scenario import Lane, Scenario, run_lane

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Requests a second, three a decade."""
_LATE = 0.01
"""A lane that is late, or does not answer, more often than this is not chosen."""
_ENDPOINT_HOURS = 2.0  # at least: it is awake a good while before it sleeps again
_HOURS = 0.1  # of another lane, at least
_REQUESTS = 20_000  # to see, where that takes no more than …
_MOST_HOURS = 100.0


@dataclass(frozen=True, slots=True)
class Step:
    """All lanes at one rate."""

    rate: float
    lanes: Mapping[str, Lane]

    def month(self, name: str) -> float:
        """What a month of this costs, US dollars."""
        lane = self.lanes[name]
        return total(lane.bill) * MONTH_S / lane.outcome.seconds

    def best(self, slo_s: float) -> str:
        """The cheapest lane of those that are in time; "" where none is."""
        fit = [n for n, lane in self.lanes.items() if lane.outcome.share_over(slo_s) <= _LATE]
        return min(fit, key=self.month, default="")


def sweep(
    scenario: Scenario,
    lanes: Sequence[str],
    shape: str,
    prices: Prices,
    seed: int,
    done: Callable[[], object] = lambda: None,
) -> list[Step]:
    """The lanes at each of `RATES`, for as long as it takes to see enough requests."""
    steps = []
    for rate in RATES:
        found = {}
        for name in lanes:
            seconds = _hours(name, rate) * 3600
            times = SHAPES[shape](rate, seconds, np.random.default_rng((seed, 0)))
            rng = np.random.default_rng((seed, 1))
            found[name] = run_lane(name, scenario, times, seconds, prices, rng)
        steps.append(Step(rate, found))
        done()
    return steps


def _hours(lane: str, rate: float) -> float:
    """How long a lane is watched at a rate, to see it in all its states."""
    least = _ENDPOINT_HOURS if lane == "endpoint" else _HOURS
    return min(max(least, _REQUESTS / rate / 3600), _MOST_HOURS)


def table(steps: Sequence[Step], slo_s: float) -> Table:
    """A month's cost and the 95th percentile of each lane, the cheapest that is in time marked."""
    found = Table(box=None, padding=(0, 2, 0, 0))
    found.add_column("a second", justify="right")
    for name in steps[0].lanes:
        found.add_column(name, justify="right")
        found.add_column("p95", justify="right", style="dim")
    found.add_column(f"in {duration(slo_s)}")
    for step in steps:
        best = step.best(slo_s)
        cells: list[Text | str] = [f"{step.rate:g}"]
        for name, lane in step.lanes.items():
            cells.append(Text(dollars(step.month(name)), "bold green" if name == best else ""))
            cells.append(duration(lane.outcome.percentile_s(95)))
        found.add_row(*cells, best or Text("none", "dim"))
    return found


def document(steps: Sequence[Step], slo_s: float) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "rate": step.rate,
            "best": step.best(slo_s) or None,
            "month": {name: step.month(name) for name in step.lanes},
            "over_slo": {name: lane.outcome.share_over(slo_s) for name, lane in step.lanes.items()},
        }
        for step in steps
    ]
