"""A plan as a picture: what lanes cost at other rates, and how long the plan's callers wait."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from samovar_cli.planning.alternatives import enough
from samovar_cli.planning.arrivals import at_rate
from samovar_cli.planning.asked import App
from samovar_cli.planning.expecting import EXPECTED, expect
from samovar_cli.planning.latency import Floats, Latency
from samovar_cli.planning.playing import play
from samovar_cli.planning.predicting import bill_of, predict
from samovar_cli.planning.report import Planned
from samovar_cli.planning.usage import month_of
from samovar_cli.planning.work import INSTANCE, Candidate
from samovar_cli.plots import COLOURS, INK, MUTED, draw, name_axes, plain_ticks, save
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RATES = tuple(float(rate) for rate in np.geomspace(0.01, 1000, 13))
_SIZE_IN = (10.0, 7.0)
Curve = Sequence[tuple[float, float]]


def draw_plan(one: Planned, prices: Prices, path: Path) -> None:
    """Cost against rate with the crossovers, and the latencies of each way. CommandFailed."""
    curves = costs(one, prices)
    waits = latencies(one, prices)

    def draws(figure: "Figure") -> None:
        above, below = figure.subplots(2, 1)
        _draw_costs(above, one.app, curves)
        _draw_latencies(below, one.app, waits)

    save(draw(draws, _SIZE_IN), path)


def costs(one: Planned, prices: Prices) -> Mapping[str, Curve]:
    """Each way → what a month costs at `_RATES`; instances as many as a rate needs.

    What sleeps at zero, or gathers, is drawn with the machines that were planned for this rate.
    """
    found: dict[str, Curve] = {}
    for other in one.others:
        if other.prediction is not None:
            candidate = other.prediction.candidate
            found[other.name] = [
                (rate, _month(one.app, candidate, rate, prices)) for rate in _RATES
            ]
    return found


def _month(app: App, candidate: Candidate, rate: float, prices: Prices) -> float:
    work, arrivals = app.work, at_rate(rate)
    if candidate.lane in EXPECTED:  # the bill is right where waits are not
        return total(bill_of(work, candidate, expect(work, arrivals, candidate).month, prices))
    if candidate.lane != INSTANCE:
        return predict(work, arrivals, candidate, prices, app.slo.limit_s).month
    several = enough(work, arrivals, candidate)
    always = month_of(rate, instance_s=several.instances)
    return total(bill_of(work, several, always, prices))


def latencies(one: Planned, prices: Prices) -> Mapping[str, tuple[Floats, Floats]]:
    """Each way → latencies ascending and the share of requests that took no longer."""
    found = {}
    for other in one.others:
        said = other.prediction
        if said is not None:
            found[other.name] = (
                _shares(said.latency) if said.latency else _seen(one.app, said.candidate, prices)
            )
    return found


def _shares(latency: Latency) -> tuple[Floats, Floats]:
    points, weights = latency.points()
    return points, np.cumsum(weights)


def _seen(app: App, candidate: Candidate, prices: Prices) -> tuple[Floats, Floats]:
    lane, _ = play(app.work, app.arrivals, candidate, prices)
    waits = np.sort(lane.outcome.answered)
    return waits, (np.arange(len(waits)) + 1) / lane.outcome.requests


def _draw_costs(axes: "Axes", app: App, curves: Mapping[str, Curve]) -> None:
    for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
        axes.loglog(*zip(*curve, strict=True), color=colour, label=name)
    axes.axvline(app.arrivals.rate, color=MUTED, linestyle=":", linewidth=1.2)
    for rate, month in _crossovers(list(curves.values())):
        axes.plot(rate, month, "o", color=INK, markersize=4)
    plain_ticks(axes.xaxis, "{:,g}")
    plain_ticks(axes.yaxis, "${:,.0f}")
    name_axes(axes, "A month's cost", "requests a second (dotted: this load)", "US dollars")


def _crossovers(curves: Sequence[Curve]) -> list[tuple[float, float]]:
    """Where another way becomes the cheapest, between two rates that were looked at."""
    months = np.log(np.array([[month for _, month in curve] for curve in curves]))
    best = months.argmin(axis=0)
    rates = np.log(_RATES)
    found = []
    for at in np.flatnonzero(np.diff(best)):
        before, after = months[best[at]], months[best[at + 1]]
        gap = before[at : at + 2] - after[at : at + 2]
        part = gap[0] / (gap[0] - gap[1])
        place = rates[at] + part * (rates[at + 1] - rates[at])
        height = before[at] + part * (before[at + 1] - before[at])
        found.append((float(np.exp(place)), float(np.exp(height))))
    return found


def _draw_latencies(axes: "Axes", app: App, waits: Mapping[str, tuple[Floats, Floats]]) -> None:
    for (name, (latency, share)), colour in zip(waits.items(), COLOURS, strict=False):
        some = np.unique(np.linspace(0, len(latency) - 1, 400).astype(int))
        axes.semilogx(latency[some], share[some] * 100, color=colour, label=name)
    limit = app.slo.limit_s
    axes.axvline(limit, color=MUTED, linestyle=":", linewidth=1.2)
    axes.axhline(app.slo.percentile, color=MUTED, linestyle=":", linewidth=1.2)
    axes.set_ylim(0, 101)
    axes.xaxis.set_major_formatter(lambda seconds, _: duration(float(seconds)))
    title = f"Latencies (dotted: {app.slo.percentile:g} % within {duration(limit)})"
    name_axes(axes, title, "seconds from request to answer", "% of requests")
