"""Lanes over a range of rates: what each costs, and where one becomes cheaper than another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from samovar_cli.simulate.arrivals import SHAPES, Shape
from samovar_cli.simulate.bill import MONTH_S, total
from samovar_cli.simulate.pictures import Point
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import dollars, duration, or_none
from samovar_cli.simulate.scenario import Lane, Scenario, run_lane

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Requests a second, three a decade."""
_LATE = 0.01
"""A lane that is late, or does not answer, more often than this is not chosen."""
_SLEEPERS = ("endpoint", "auto")
_SLEEPERS_HOURS = 2.5  # at least: they are awake a good while before they sleep again
_WAKING_S = 1800.0  # of them, not looked at: what waits for the first instance is no rule
_HOURS = 0.1  # of another lane, at least
_REQUESTS = 20_000  # to see, where that takes no more than …
_MOST_HOURS = 100.0
_WITH_LATENCIES = 3  # lanes that fit beside each other with their latencies


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
        fit = [name for name in self.lanes if self.in_time(name, slo_s)]
        return min(fit, key=self.month, default="")

    def in_time(self, name: str, slo_s: float) -> bool:
        """Whether no more than one request in a hundred is late, or has no answer."""
        return self.lanes[name].outcome.share_over(slo_s) <= _LATE


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
            found[name] = _settled(name, scenario, SHAPES[shape], rate, prices, seed)
        steps.append(Step(rate, found))
        done()
    return steps


def _settled(
    name: str, scenario: Scenario, shape: Shape, rate: float, prices: Prices, seed: int
) -> Lane:
    """A lane at a rate, its bill of the whole time; latencies without those of its first wake."""
    seconds = _hours(name, rate) * 3600
    times = shape(rate, seconds, np.random.default_rng((seed, 0)))
    lane = run_lane(name, scenario, times, seconds, prices, np.random.default_rng((seed, 1)))
    if name not in _SLEEPERS:
        return lane
    later = lane.outcome.latency_s[times >= _WAKING_S]
    return Lane(replace(lane.outcome, latency_s=later), lane.bill)


def _hours(lane: str, rate: float) -> float:
    """How long a lane is watched at a rate, to see it in all its states."""
    least = _SLEEPERS_HOURS if lane in _SLEEPERS else _HOURS
    return min(max(least, _REQUESTS / rate / 3600), _MOST_HOURS)


def table(steps: Sequence[Step], slo_s: float) -> Table:
    """A month's cost of each lane, the cheapest that is in time marked, late ones in brackets.

    With their 95th percentiles, where there is room for them.
    """
    lanes = tuple(steps[0].lanes)
    told = len(lanes) <= _WITH_LATENCIES
    found = Table(box=None, padding=(0, 1, 0, 0))
    found.add_column("a second", justify="right")
    for name in lanes:
        found.add_column(name, justify="right", no_wrap=True)
        if told:
            found.add_column("p95", justify="right", style="dim")
    found.add_column(f"in {duration(slo_s)}")
    for step in steps:
        best = step.best(slo_s)
        cells: list[Text | str] = [f"{step.rate:g}"]
        for name in lanes:
            cells.append(_cost(step, name, slo_s, best))
            if told:
                cells.append(duration(step.lanes[name].outcome.percentile_s(95)))
        found.add_row(*cells, best or Text("none", "dim"))
    return found


def _cost(step: Step, name: str, slo_s: float, best: str) -> Text:
    if not step.in_time(name, slo_s):
        return Text(f"({dollars(step.month(name))})", "dim")
    return Text(dollars(step.month(name)), "bold green" if name == best else "")


def curves(steps: Sequence[Step], slo_s: float) -> dict[str, list[Point]]:
    """Each lane's rates, what a month costs there, and whether it is in time."""
    return {
        name: [Point(step.rate, step.month(name), step.in_time(name, slo_s)) for step in steps]
        for name in steps[0].lanes
    }


def document(steps: Sequence[Step], slo_s: float) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "rate": step.rate,
            "best": step.best(slo_s) or None,
            "month": {name: step.month(name) for name in step.lanes},
            "p95_s": {
                name: or_none(lane.outcome.percentile_s(95)) for name, lane in step.lanes.items()
            },
            "over_slo": {name: lane.outcome.share_over(slo_s) for name, lane in step.lanes.items()},
        }
        for step in steps
    ]
