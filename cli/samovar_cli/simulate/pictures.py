"""What a simulation found, drawn: latencies as distributions, costs against the rate."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from samovar_cli.plots import COLOURS, INK, MUTED, draw, name_axes, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEADROOM = 20.0  # over the dearest point, for names

Distribution = Sequence[tuple[float, float]]
"""Latencies in seconds, ascending, and the share of requests that were answered by then."""


class Point(NamedTuple):
    """One way at one rate."""

    rate: float  # requests a second
    month: float  # US dollars
    in_time: bool


def distributions(found: Mapping[str, Distribution], slo_s: float) -> "Figure":
    """The distribution of each way's latencies on a scale of milliseconds, the target marked.

    Raises CommandFailed where matplotlib is missing.
    """

    def onto(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for colour, (name, points) in zip(_colours(found), found.items(), strict=True):
            if points:
                times, shares = zip(*points, strict=True)
                axes.plot([1000 * each for each in times], shares, color=colour, label=name)
        axes.axvline(1000 * slo_s, color=MUTED, linestyle="--", linewidth=1.0)
        axes.set_xscale("log")
        axes.set_ylim(0.0, 1.02)
        plain_ticks(axes.xaxis, "{:,.9g}")
        plain_ticks(axes.yaxis, "{:.0%}")
        name_axes(axes, "How soon requests are answered", "milliseconds", "of all requests")

    return draw(onto)


def costs(found: Mapping[str, Sequence[Point]], slo_s: float) -> "Figure":
    """What a month of each way costs against the rate; hollow where it is late.

    Where another way becomes the cheapest that is in time, a line says so. Raises
    CommandFailed where matplotlib is missing.
    """

    def onto(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for colour, (name, points) in zip(_colours(found), found.items(), strict=True):
            _curve(axes, colour, name, points)
        axes.set_yscale("log")
        axes.set_ylim(top=axes.get_ylim()[1] * _HEADROOM)
        for rate, name in crossovers(found):
            axes.axvline(rate, color=MUTED, linestyle=":", linewidth=1.0)
            axes.annotate(
                f"{name} ", (rate, 1.0), xycoords=("data", "axes fraction"), color=INK,
                fontsize=7.5, rotation=90, ha="left", va="top",
            )  # fmt: skip
        axes.set_xscale("log")
        for axis, form in ((axes.xaxis, "{:,.9g}"), (axes.yaxis, "${:,.9g}")):
            plain_ticks(axis, form)
        title = f"Cost; hollow where over 1 % take longer than {1000 * slo_s:,g} ms"
        name_axes(axes, title, "requests a second", "US dollars a month")

    return draw(onto)


def crossovers(found: Mapping[str, Sequence[Point]]) -> list[tuple[float, str]]:
    """The rates from which on a way is the cheapest in time, and which one that is.

    The lowest rate is the first; others lie between the two that were looked at, on a scale of
    logarithms.
    """
    rates = [point.rate for point in next(iter(found.values()), ())]
    best = [_best(found, number) for number in range(len(rates))]
    begin = [(rates[0], best[0] or "none in time")] if rates else []
    return begin + [
        ((rates[number] * rates[number + 1]) ** 0.5, after or "none in time")
        for number, (before, after) in enumerate(pairwise(best))
        if before != after
    ]


def _best(found: Mapping[str, Sequence[Point]], number: int) -> str:
    fit = {name: points[number].month for name, points in found.items() if points[number].in_time}
    return min(fit, key=fit.__getitem__, default="")


def _curve(axes: "Axes", colour: str, name: str, points: Sequence[Point]) -> None:
    rates, months = [point.rate for point in points], [point.month for point in points]
    axes.plot(rates, months, color=colour, label=name, zorder=2)
    for in_time, face in ((True, colour), (False, "white")):
        some = [point for point in points if point.in_time == in_time]
        axes.plot(
            [point.rate for point in some], [point.month for point in some], "o",
            color=colour, markerfacecolor=face, zorder=3,
        )  # fmt: skip


def _colours(found: Mapping[str, object]) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(len(found))]
