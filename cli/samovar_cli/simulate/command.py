"""`samovar simulate`: a load over the lanes in virtual time, and what it would cost."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
from samovar.errors import CommandFailed
from samovar.settings import Settings
from samovar.wiring import build_store

from samovar_cli.folder import Folder
from samovar_cli.simulate import sweep
from samovar_cli.simulate.arrivals import SHAPES, Seconds
from samovar_cli.simulate.bill import ARCHITECTURES
from samovar_cli.simulate.prices import SHIPPED, Prices, read_prices
from samovar_cli.simulate.report import document, duration, tables
from samovar_cli.simulate.scenario import LANES, Lane, Scenario, run_lane
from samovar_cli.simulate.traces import read_trace
from samovar_cli.terminal import console, progress, write_json

_MOST_REQUESTS = 50_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the load."""

    model: str = ""
    models: Path = Path("models")
    rate: float = 1.0
    shape: str = "poisson"
    hours: float = 1.0
    trace: Path | None = None
    column: str = ""
    lanes: tuple[str, ...] = ()  # all
    slo_s: float = 1.0
    seed: int = 0
    prices: Path | None = None
    as_json: bool = False
    sweep: bool = False


def simulate(asked: Asked, scenario: Scenario) -> None:
    """Run the lanes that were asked for and show how they did. Raises CommandFailed."""
    _check(asked, scenario)
    asked = replace(asked, lanes=tuple(dict.fromkeys(asked.lanes or LANES)))
    prices = read_prices(asked.prices or SHIPPED)
    prices[f"instances.{scenario.load.instance}"]  # told before anything is played
    scenario = _with_profile(asked, scenario)
    if asked.sweep:
        _sweep(asked, scenario, prices)
        return
    arrivals, seconds = _arrivals(asked)
    lanes = _run(asked, scenario, arrivals, seconds, prices)
    if asked.as_json:
        write_json(orjson.dumps(document(lanes, asked.slo_s)))
        return
    out = console()
    out.print(
        f"{len(arrivals):,} requests in {duration(seconds)}, {duration(scenario.run_s)} each; "
        f"prices of {prices.region}, {prices.looked_up}"
    )
    for table in tables(lanes, asked.slo_s):
        out.print(table)


def _check(asked: Asked, scenario: Scenario) -> None:
    """Raises CommandFailed for an option that no simulation has."""
    for option, said, known in (
        ("--shape", (asked.shape,), SHAPES),
        ("--lane", asked.lanes, LANES),
        ("--arch", (scenario.load.architecture,), ARCHITECTURES),
    ):
        for name in said:
            if name not in known:
                raise CommandFailed(f"{option} {name}: it is one of {', '.join(known)}")
    if scenario.shared_s > scenario.run_s > 0:
        raise CommandFailed("--shared-ms is a part of --run-ms: it cannot be more")


def _sweep(asked: Asked, scenario: Scenario, prices: Prices) -> None:
    if asked.trace is not None:
        raise CommandFailed("--sweep goes through rates of its own: it takes a --shape, no --trace")
    with progress() as bars:
        task = bars.add_task("rates", total=len(sweep.RATES))
        steps = sweep.sweep(
            scenario, asked.lanes, asked.shape, prices, asked.seed, lambda: bars.advance(task)
        )
    if asked.as_json:
        write_json(orjson.dumps(sweep.document(steps, asked.slo_s)))
        return
    out = console()
    out.print(
        f"a month's cost at so many requests, {duration(scenario.run_s)} each; "
        f"prices of {prices.region}, {prices.looked_up}"
    )
    out.print(sweep.table(steps, asked.slo_s))


def _run(
    asked: Asked, scenario: Scenario, arrivals: Seconds, seconds: float, prices: Prices
) -> dict[str, Lane]:
    found = {}
    with progress() as bars:
        task = bars.add_task("simulating", total=len(asked.lanes))
        for name in asked.lanes:
            rng = np.random.default_rng((asked.seed, 1))  # every lane meets the same noise
            found[name] = run_lane(name, scenario, arrivals, seconds, prices, rng)
            bars.advance(task)
    return found


def _arrivals(asked: Asked) -> tuple[Seconds, float]:
    """When requests come, and how long the trace is. Raises CommandFailed."""
    if asked.trace is not None:
        times = read_trace(asked.trace, asked.column)
        return times, max(float(times[-1]), 1.0)
    seconds = asked.hours * 3600
    if asked.rate * seconds > _MOST_REQUESTS:
        raise CommandFailed(
            f"{asked.rate * seconds:,.0f} requests are more than {_MOST_REQUESTS:,}; "
            "ask for fewer hours"
        )
    times = SHAPES[asked.shape](asked.rate, seconds, np.random.default_rng((asked.seed, 0)))
    if not len(times):
        raise CommandFailed(f"at {asked.rate} a second no request comes in {duration(seconds)}")
    return times, seconds


def _with_profile(asked: Asked, scenario: Scenario) -> Scenario:
    """The run's time, from the model's profile where the command line has none."""
    if scenario.run_s:
        return scenario
    if not asked.model:
        raise CommandFailed("name a MODEL that has a [profile], or say --run-ms")
    Folder(asked.models).check_name(asked.model)
    profile = build_store(Settings(models_dir=asked.models)).spec(asked.model).profile
    run_ms = profile.request_ms + profile.kb_ms * scenario.load.request_bytes / 1024
    if not run_ms:
        raise CommandFailed(
            f"model '{asked.model}' has no [profile]: `samovar models profile {asked.model}` "
            "measures one, or say --run-ms"
        )
    return replace(scenario, run_s=run_ms / 1000, shared_s=profile.shared_ms / 1000)
