"""`python -m benchmarks.routing`: what the router of `auto` models costs, at each rate and idle.

In virtual time: each load is played on the light lane, on the heavy lane, and routed; all three
in the same deployment, whose heavy lane has its alarms and pollers whichever lane a model names.
A lane that does not keep up is no choice. Then loads that are idle for nine tenths of their
time and more, beside instances that never sleep, as many as their peak needs.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from samovar_cli.simulate.arrivals import Seconds, diurnal, flash_crowd, poisson
from samovar_cli.simulate.bill import MONTH_S, endpoint_bill, queue_bill, total
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import Prices, read_prices
from samovar_cli.simulate.routed import Routed
from samovar_cli.simulate.scenario import Lane, Scenario, play

from benchmarks import routing_table

RESULTS = Path(__file__).parent / "results"
HOUR = 3600.0
RATES = {
    **dict.fromkeys((0.01, 0.03, 0.1, 0.3, 1.0, 3.0), 24.0),
    10.0: 12.0,
    30.0: 6.0,
    100.0: 3.0,
    300.0: 1.5,
    1000.0: 2.0,
}
"""Requests a second → hours that are played."""
MODELS = {
    "0.05 s": Scenario(0.05, gpu_speed=10.0, batch=32),
    "0.8 s": Scenario(0.8, gpu_speed=40.0, batch=24),
    "3 s": Scenario(3.0, gpu_speed=40.0, batch=6),
}
"""A request on one vCPU, and an instance that is so much faster; runs vary by a fifth."""
_LARGE, _HUGE = MODELS["3 s"], Scenario(20.0, gpu_speed=40.0, batch=2)
_LATE_S = 600.0  # half of a lane's last jobs wait longer: it does not keep up
_SPARE = 0.8  # of instances that never sleep, how busy they are at the peak
_BUSY = 0.6  # of an endpoint's instances, the same


@dataclass(frozen=True, slots=True)
class Idle:
    """A load that is mostly idle, over a day: its shape, its peak a second, its model."""

    name: str
    model: Scenario
    peak: float
    times: Callable[[float, np.random.Generator], Seconds]


def _stretch(hours: float, rate: float, rng: np.random.Generator) -> Seconds:
    return poisson(rate, hours * HOUR, rng) + 9 * HOUR


def _bell(hours: float, rate: float, rng: np.random.Generator) -> Seconds:
    return diurnal(rate / 3, hours * HOUR, rng, peak=3.0) + 9 * HOUR


def idle_loads() -> Iterator[Idle]:
    """Each shape with requests of 3 s and of 20 s, whose peaks need about as many instances."""
    shapes: Mapping[str, Callable[[float, np.random.Generator], Seconds]] = {
        "2.4 hours a day": lambda rate, rng: _stretch(2.4, rate, rng),
        "1.2 hours a day": lambda rate, rng: _stretch(1.2, rate, rng),
        "2.4 hours a day, as a bell": lambda rate, rng: _bell(2.4, rate, rng),
        "a crowd, 50 times as many": lambda rate, rng: flash_crowd(rate / 50, 24 * HOUR, rng),
    }
    for name, times in shapes.items():
        yield Idle(f"{name}, 3 s", _LARGE, 60.0, times)
        yield Idle(f"{name}, 20 s", _HUGE, 9.0, times)


def _calls(times: Seconds, seconds: float, scenario: Scenario) -> Calls:
    return Calls(times, noise(scenario.noise, len(times), np.random.default_rng(1)), seconds)


def _keeps_up(outcome: Outcome) -> bool:
    """Whether the last tenth of the jobs is answered in time."""
    last = outcome.latency_s[-max(1, outcome.requests // 10) :]
    return bool(np.median(last) <= _LATE_S)


def _standing(scenario: Scenario, seconds: float, prices: Prices) -> dict[str, float]:
    """What a lane's stack costs while nothing comes: what a choice of the other pays as well."""
    nothing = Outcome(np.empty(0), seconds)
    return {
        "queue": total(endpoint_bill(scenario.load, nothing, prices)),
        "endpoint": total(queue_bill(scenario.load, nothing, prices)),
    }


def at_rate(name: str, rate: float, prices: Prices) -> dict[str, Any]:
    """Both lanes and the router at a steady rate, a month's US dollars."""
    most = max(1, ceil(rate * MODELS[name].run_s / MODELS[name].gpu_speed / _BUSY))
    scenario, seconds = replace(MODELS[name], instances=most), RATES[rate] * HOUR
    calls = _calls(poisson(rate, seconds, np.random.default_rng(0)), seconds, scenario)
    lanes = {lane: play(lane, scenario, calls, prices) for lane in ("queue", "endpoint", "auto")}
    standing = _standing(scenario, seconds, prices)
    month = {lane: total(found.bill) * MONTH_S / seconds for lane, found in lanes.items()}
    here = {lane: month[lane] + more * MONTH_S / seconds for lane, more in standing.items()}
    choices = [lane for lane in here if _keeps_up(lanes[lane].outcome)]
    best = min(choices, key=lambda lane: here[lane], default="")
    return {
        "model": name,
        "rate": rate,
        "hours": RATES[rate],
        "instances": most,
        "month": month,
        "keep_up": choices,
        "best": best or None,
        "times_best": month["auto"] / here[best] if best else None,
        "times_best_alone": month["auto"] / month[best] if best else None,
        **_router(lanes["auto"]),
    }


def _router(lane: Lane) -> dict[str, Any]:
    found = lane.outcome
    if not isinstance(found, Routed):
        raise TypeError("not the router's lane")
    return {
        "heavy": found.heavy.requests / max(found.requests, 1),
        "p50_s": found.percentile_s(50),
        "p95_s": found.percentile_s(95),
        "keeps_up": _keeps_up(found),
        "routing": lane.bill["routing"] / total(lane.bill),
        "writes_a_job": found.writes / max(found.requests, 1),
    }


def when_idle(load: Idle, prices: Prices) -> dict[str, Any]:
    """The router on a day that is mostly idle, beside instances that never sleep."""
    seconds, model = 24 * HOUR, load.model
    most = ceil(load.peak * model.run_s / model.gpu_speed / _SPARE)
    scenario = replace(model, instances=most)
    calls = _calls(load.times(load.peak, np.random.default_rng(0)), seconds, scenario)
    names = ("queue", "endpoint", "instance", "auto")
    lanes = {name: play(name, scenario, calls, prices) for name in names}
    month = {name: total(lane.bill) * MONTH_S / seconds for name, lane in lanes.items()}
    always = lanes["instance"].outcome
    return {
        "load": load.name,
        "requests": len(calls),
        "instances": most,
        "idle": 1 - always.busy_s / always.instance_s,
        "month": month,
        "times_cheaper": month["instance"] / month["auto"],
        **_router(lanes["auto"]),
    }


def main() -> None:
    """Play, write the results and draw the picture."""
    prices = read_prices()
    steps = [(name, rate) for name in MODELS for rate in RATES]
    found: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "prices": f"{prices.region}, {prices.looked_up}",
        "rates": [at_rate(name, rate, prices) for name, rate in _told(steps)],
        "idle": [when_idle(load, prices) for load in _told(list(idle_loads()))],
    }
    (RESULTS / "routing.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    routing_table.write(found, RESULTS / "routing.md")


def _told(steps: list[Any]) -> Iterator[Any]:
    """The same, with how far it has come on the terminal."""
    for number, step in enumerate(steps, 1):
        print(f"\rrouting: {number}/{len(steps)}", end="", file=sys.stderr, flush=True)
        yield step
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
