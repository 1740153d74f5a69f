"""`python -m benchmarks.simulate`: events that the simulator of loads handles in a second.

Every lane plays a busy trace of its own, in turns; the median and the spread of several rounds,
by the time that this process had a core and by the clock, which others' work slows down.
`--hour` plays an hour at 10,000 requests a second on the synchronous door as well, once.
`--write` keeps what was found.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import orjson
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.scenario import LANES, Scenario

from benchmarks.machine import machine
from benchmarks.places import RESULTS

SECONDS = 120.0
ROUNDS = 7
_BUSY = Scenario(0.02, 0.005, instances=8, gpu_speed=20, gpu_batch=16, wake_s=5, most=4000)
_RATES: Mapping[str, float] = {"function": 10_000, "serverless": 5_000}
_RATE = 2_000.0  # of the others

Played = Callable[[], Outcome]
Rates = Mapping[str, tuple[list[float], list[float]]]
"""Variant → millions of events in a second of the clock, and of this process."""


def variants() -> dict[str, Played]:
    """Each lane with a load that keeps it busy, and what makes one slower."""
    found = {f"{name}, {rate(name):,.0f} a second": played(name, _BUSY) for name in LANES}
    return found | {
        "function, 100 provisioned": played("function", replace(_BUSY, provisioned=100)),
        "queue, one by one": played("queue", replace(_BUSY, batch=1, window_s=0.0)),
        "queue, bodies of many sizes": played("queue", _BUSY, sizes=True),
    }


def rate(lane: str) -> float:
    """Requests a second of a lane's trace."""
    return _RATES.get(lane, _RATE)


def played(lane: str, scenario: Scenario, *, sizes: bool = False) -> Played:
    """A lane over its trace, which is made before the clock runs."""
    rng = np.random.default_rng(0)
    times = poisson(rate(lane), SECONDS, rng)
    more_s = rng.normal(0.0, 0.001, len(times)) if sizes else None
    calls = Calls(times, noise(scenario.noise, len(times), rng), SECONDS, more_s)
    return lambda: LANES[lane][0](scenario, calls)


def hour() -> tuple[float, int]:
    """Seconds that an hour at 10,000 requests a second takes with its trace, and its events."""
    start = time.perf_counter()
    rng = np.random.default_rng(0)
    times = poisson(10_000, 3600.0, rng)
    calls = Calls(times, noise(_BUSY.noise, len(times), rng), 3600.0)
    events = LANES["function"][0](_BUSY, calls).events
    return time.perf_counter() - start, events


def measure(chosen: Mapping[str, Played]) -> Rates:
    """All variants in turns."""
    rates: Rates = {name: ([], []) for name in chosen}
    for number in range(ROUNDS):
        for name, play in chosen.items():
            start, cpu = time.perf_counter(), time.process_time()
            events = play().events
            rates[name][0].append(events / (time.perf_counter() - start) / 1e6)
            rates[name][1].append(events / (time.process_time() - cpu) / 1e6)
        print(f"\rsimulate: {number + 1}/{ROUNDS}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rates


def table(rates: Rates) -> list[str]:
    """Rows of Markdown."""
    rows = [
        "| | M events/s of a core | by the clock | slowest – fastest |",
        "|---|---:|---:|---:|",
    ]
    for name, (wall, cpu) in rates.items():
        spread = f"{min(wall):.2f} – {max(wall):.2f}"
        middle = statistics.median(cpu)
        rows.append(f"| {name} | {middle:.2f} | {statistics.median(wall):.2f} | {spread} |")
    return rows


def keep(rates: Rates, lines: list[str]) -> None:
    """Write the results for people and for programs."""
    where = machine() | {"load": f"{os.getloadavg()[0]:.1f}"}  # others' work at the time
    said = " · ".join(f"{name}: {value}" for name, value in where.items() if name != "onnxruntime")
    text = "\n".join(["# The simulator of loads", "", said, "", *lines, ""])
    (RESULTS / "simulate.md").write_text(text, "utf-8")
    found = {
        name: {"wall_m_events_s": wall, "cpu_m_events_s": cpu}
        for name, (wall, cpu) in rates.items()
    }
    document = {"machine": where, "simulate": found}
    (RESULTS / "simulate.json").write_bytes(
        orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )


def main() -> None:
    """Measure and print."""
    rates = measure(variants())
    lines = table(rates)
    if "--hour" in sys.argv:
        seconds, events = hour()
        lines += [
            "",
            f"An hour at 10,000 requests/s: {events / 1e6:.0f} M events in {seconds:.0f} s.",
        ]
    print("\n".join(lines))
    if "--write" in sys.argv:
        keep(rates, lines)


if __name__ == "__main__":
    main()
