"""A plan as a picture: what lanes cost at other rates, and how long the plan's callers wait."""

from collections.abc import Mapping, Sequence
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from samovar_cli.planning.alternatives import enough
from samovar_cli.planning.arrivals import at_rate
from samovar_cli.planning.asked import App
from samovar_cli.planning.expecting import expect
from samovar_cli.planning.latency import Floats, Latency
from samovar_cli.planning.playing import play
from samovar_cli.planning.predicting import bill_of
from samovar_cli.planning.report import Planned
from samovar_cli.planning.usage import month_of
from samovar_cli.planning.work import ENDPOINT, INSTANCE, Candidate, scenario
from samovar_cli.plots import COLOURS, INK, MUTED, draw, name_axes, plain_ticks, save
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.report import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RATES = tuple(float(rate) for rate in np.geomspace(0.01, 1000, 13))
_SIZE_IN = (10.0, 7.0)
_ANSWERED = 0.99  # of the requests, at least; else a way is no way


class Point(NamedTuple):
    """One way at one rate."""

    rate: float  # requests a second
    month: float  # US dollars; NaN where it cannot be
    is_in_time: bool


Curve = Sequence[Point]


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
    """Each way → what a month costs at `_RATES`, with as many instances as a rate needs.

    Workers that gather jobs, and environments kept ready, are those that this rate was planned
    with. There is no cost where requests would be turned away.
    """
    return {
        other.name: [_point(one.app, other.prediction.candidate, rate, prices) for rate in _RATES]
        for other in one.others
        if other.prediction is not None
    }


def _point(app: App, candidate: Candidate, rate: float, prices: Prices) -> Point:
    work, arrivals, limit_s = app.work, at_rate(rate), app.slo.limit_s
    several = enough(work, arrivals, candidate)
    if candidate.lane == INSTANCE or (candidate.lane == ENDPOINT and several.instances > 1):
        always = month_of(rate, instance_s=several.instances)  # the endpoint never sleeps, either
        waits_s = work.overhead_s + work.run_of(1, scenario(work, several).instance_speed)
        month = total(bill_of(work, several, always, prices))
        return Point(rate, month, is_in_time=waits_s <= limit_s)
    # The bill is right where waits are not: nothing has to be played for it.
    found = expect(work, arrivals, candidate)
    over = found.latency.share_over(limit_s)
    if found.latency.weight.sum() < _ANSWERED:
        return Point(rate, nan, is_in_time=False)
    month = total(bill_of(work, candidate, found.month, prices))
    return Point(rate, month, is_in_time=over <= app.slo.late)


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
        months = [point.month for point in curve]
        timely = [point.month if point.is_in_time else nan for point in curve]
        axes.loglog(_RATES, months, color=colour, alpha=0.4, linestyle="--", linewidth=1.2)
        axes.loglog(_RATES, timely, color=colour, label=name)
    axes.axvline(app.arrivals.rate, color=MUTED, linestyle=":", linewidth=1.2)
    for rate, month in crossovers(list(curves.values())):
        axes.plot(rate, month, "o", color=INK, markersize=4)
    plain_ticks(axes.xaxis, "{:,g}")
    plain_ticks(axes.yaxis, "${:,.0f}")
    title = "A month's cost (dashed: late; dots: another way becomes the cheapest)"
    name_axes(axes, title, "requests a second (dotted: this load)", "US dollars")


def crossovers(curves: Sequence[Curve]) -> list[tuple[float, float]]:
    """Where another way becomes the cheapest of those in time: rate, and what it costs there."""
    months = np.log([[p.month if p.is_in_time else inf for p in curve] for curve in curves])
    best = months.argmin(axis=0)
    rates = np.log(_RATES)
    found = []
    for at in np.flatnonzero(np.diff(best)):
        before, after = months[best[at]], months[best[at + 1]]
        gap = before[at : at + 2] - after[at : at + 2]
        if np.isfinite(gap).all():
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
