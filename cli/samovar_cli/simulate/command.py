"""`samovar simulate`: a load over the lanes in virtual time, and what it would cost."""

from dataclasses import replace

import numpy as np
import orjson
from samovar.errors import CommandFailed
from samovar.profile import Profile
from samovar.settings import Settings
from samovar.wiring import build_store

from samovar_cli.folder import Folder
from samovar_cli.plots import check_path, save
from samovar_cli.simulate import sweep
from samovar_cli.simulate.arrivals import SHAPES, Seconds, mmpp
from samovar_cli.simulate.bodies import lognormal_sizes, shares
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.options import INIT_MS, NOISE, Options
from samovar_cli.simulate.pictures import costs, distributions
from samovar_cli.simulate.prices import SHIPPED, Prices, read_prices
from samovar_cli.simulate.report import document, duration, refused, short, tables
from samovar_cli.simulate.scenario import Lane, Scenario, play
from samovar_cli.simulate.traces import read_sizes, read_trace
from samovar_cli.terminal import console, progress, write_json

_MOST_REQUESTS = 50_000_000
_KB = 1024


def simulate(asked: Options) -> None:
    """Run the lanes that were asked for and show how they did. Raises CommandFailed."""
    asked.check()
    if asked.plot is not None:
        check_path(asked.plot)
    prices = read_prices(asked.prices or SHIPPED)
    prices[f"instances.{asked.instance}"]  # told before anything is played
    if asked.sweep:
        scenario, _ = _timed(asked, asked.scenario())
        _sweep(asked, scenario, prices)
        return
    arrivals, seconds = _arrivals(asked)
    scenario, more_s = _sized(asked, arrivals)
    lanes = _run(asked, scenario, arrivals, seconds, more_s, prices)
    if asked.plot is not None:
        found = {name: lane.outcome.cdf() for name, lane in lanes.items()}
        save(distributions(found, asked.slo_s), asked.plot)
    if asked.as_json:
        write_json(orjson.dumps(document(lanes, asked.slo_s)))
        return
    out = console()
    out.print(
        f"{len(arrivals):,} request{'s' * (len(arrivals) > 1)} in {duration(seconds)}, "
        f"{duration(scenario.run_s)} each; "
        f"prices of {prices.region}, {prices.looked_up}"
    )
    for table in tables(lanes, asked.slo_s):
        out.print(table)
    for line in (*refused(lanes, scenario.load), *short(seconds)):
        out.print(line)


def _sweep(asked: Options, scenario: Scenario, prices: Prices) -> None:
    with progress() as bars:
        task = bars.add_task("rates", total=len(sweep.RATES))
        steps = sweep.sweep(
            scenario, asked.lanes, asked.shape, prices, asked.seed, lambda: bars.advance(task)
        )
    if asked.plot is not None:
        save(costs(sweep.curves(steps, asked.slo_s), asked.slo_s), asked.plot)
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
    asked: Options,
    scenario: Scenario,
    arrivals: Seconds,
    seconds: float,
    more_s: Seconds | None,
    prices: Prices,
) -> dict[str, Lane]:
    rng = np.random.default_rng((asked.seed, 1))  # every lane meets the same noise
    calls = Calls(arrivals, noise(scenario.noise, len(arrivals), rng), seconds, more_s)
    found = {}
    with progress() as bars:
        task = bars.add_task("simulating", total=len(asked.lanes))
        for name in asked.lanes:
            found[name] = play(name, scenario, calls, prices)
            bars.advance(task)
    return found


def _arrivals(asked: Options) -> tuple[Seconds, float]:
    """When requests come, and how long the trace is. Raises CommandFailed."""
    if asked.trace is not None:
        times = read_trace(asked.trace, asked.column)
        return times, max(float(times[-1]), 1.0)
    seconds = asked.hours * 3600
    rate = asked.rate if asked.low is None or asked.high is None else asked.high
    if rate * seconds > _MOST_REQUESTS:
        raise CommandFailed(
            f"{rate * seconds:,.0f} requests are more than {_MOST_REQUESTS:,}; ask for fewer hours"
        )
    times = _generated(asked, seconds, np.random.default_rng((asked.seed, 0)))
    if not len(times):
        raise CommandFailed(f"at {rate:g} a second no request comes in {duration(seconds)}")
    return times, seconds


def _generated(asked: Options, seconds: float, rng: np.random.Generator) -> Seconds:
    if asked.low is not None and asked.high is not None:
        return mmpp((asked.low, asked.high), asked.hold_s, seconds, rng)
    return SHAPES[asked.shape](asked.rate, seconds, rng)


def _sized(asked: Options, arrivals: Seconds) -> tuple[Scenario, Seconds | None]:
    """The scenario with the bodies of a trace, and the seconds that each takes more or less."""
    scenario, sizes = asked.scenario(), None
    if asked.trace is not None and asked.size_column:
        sizes = read_sizes(asked.trace, asked.size_column)
    elif asked.size_cv:
        rng = np.random.default_rng((asked.seed, 2))
        sizes = lognormal_sizes(asked.request_bytes, asked.size_cv, len(arrivals), rng)
    if sizes is not None:
        load = replace(scenario.load, request_bytes=round(sizes.mean()), sizes=shares(sizes))
        scenario = replace(scenario, load=load)
    scenario, kb_s = _timed(asked, scenario)
    if sizes is None or not kb_s:
        return scenario, None
    return scenario, kb_s * (sizes - scenario.load.request_bytes) / _KB


def _timed(asked: Options, scenario: Scenario) -> tuple[Scenario, float]:
    """The run's time, from the model's profile where the command line has none, and of it the
    seconds for each KB.
    """
    if scenario.run_s:
        return scenario, asked.kb_ms / 1000
    profile = _profile(asked)
    run_ms = profile.request_ms + profile.kb_ms * scenario.load.request_bytes / _KB
    init_ms = asked.init_ms if asked.init_ms is not None else profile.init_ms or INIT_MS
    return replace(
        scenario,
        run_s=run_ms / 1000,
        shared_s=profile.shared_ms / 1000,
        noise=asked.noise if asked.noise is not None else profile.noise or NOISE,
        init_s=init_ms / 1000,
        speedup=scenario.speedup or profile.speedup,
    ), profile.kb_ms / 1000


def _profile(asked: Options) -> Profile:
    if not asked.model:
        raise CommandFailed("name a MODEL that has a [profile], or say --run-ms")
    Folder(asked.models).check_name(asked.model)
    profile = build_store(Settings(models_dir=asked.models)).spec(asked.model).profile
    if not profile.request_ms and not profile.kb_ms:
        raise CommandFailed(
            f"model '{asked.model}' has no [profile]: `samovar models profile {asked.model}` "
            "measures one, or say --run-ms"
        )
    return profile
