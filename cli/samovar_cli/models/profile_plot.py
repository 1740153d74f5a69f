"""A measured profile drawn: time against requests together, against size, and against vCPUs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from samovar_cli.extras import need
from samovar_cli.models.fitting import Point
from samovar_cli.models.profile_report import Report, by_line
from samovar_cli.plots import COLOURS, MUTED, draw, name_axes, plain_ticks, save
from samovar_cli.terminal import percent, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE: dict[str, Any] = {"color": MUTED, "linestyle": "--", "linewidth": 1.0, "zorder": 1}
_MOST_NAMES = len(COLOURS)
_FAR = 4.0  # times that values differ on a logarithmic axis, at least
_VERY_FAR = 150.0  # times, where ticks at 2 and 5 have no room any more
_LEAST_KB = 1e-3  # of an empty body, which has no place on a logarithmic axis
Panel = Callable[[Report, "Axes"], None]


def plot_profile(report: Report, path: Path) -> None:
    """Write the plot as what the suffix says. Raises CommandFailed."""
    size_in = (3.6 * len(panels(report)), 3.6)
    save(draw(lambda figure: _draw(report, figure), size_in), path)


def panels(report: Report) -> Sequence[Panel]:
    """What draws each part of the plot that has something to show."""
    points = report.found.points
    batches = {point.requests for point in points}
    alone = [point.kb for point in points if point.requests == min(batches)]
    shown = {
        _by_batch: len(batches) > 1 or len(alone) == 1,
        _by_size: len(alone) > 1,
        _by_vcpus: bool(report.profile.speedup),
    }
    return [panel for panel, is_shown in shown.items() if is_shown]


def _draw(report: Report, figure: "Figure") -> None:
    shown = panels(report)
    title = f"{report.model} {report.version} on one vCPU of this machine"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    for number, panel in enumerate(shown):
        panel(report, figure.add_subplot(1, len(shown), number + 1))


def _by_batch(report: Report, axes: "Axes") -> None:
    """Milliseconds a run against requests in it, a line a size."""
    points = report.found.points
    for number, name in enumerate(list(dict.fromkeys(p.name for p in points))[:_MOST_NAMES]):
        own = [point for point in points if point.name == name]
        counts = [point.requests for point in own]
        times = [point.ms for point in own]
        axes.plot(counts, times, "o-", color=COLOURS[number], label=_label(own[0]))
        axes.plot(counts, [by_line(report.profile, p.requests, p.kb) for p in own], **_LINE)
    axes.set_xscale("log", base=2)
    plain_ticks(axes.xaxis)
    _scale(axes.set_yscale, axes.yaxis, [point.ms for point in points])
    name_axes(axes, "requests together", "requests in a run", "ms a run", legend=False)
    axes.legend(loc="best")


def _by_size(report: Report, axes: "Axes") -> None:
    """Milliseconds of a request by itself against its body."""
    fewest = min(point.requests for point in report.found.points)
    alone = [point for point in report.found.points if point.requests == fewest]
    sizes = sorted(point.kb for point in alone)
    axes.plot([p.kb for p in alone], [p.ms for p in alone], "o", color=COLOURS[0], label="measured")
    line = np.geomspace(max(sizes[0], _LEAST_KB), max(sizes[-1], _LEAST_KB), 50)
    label = f"fitted, {percent(report.profile.error)} off"
    axes.plot(line, [by_line(report.profile, fewest, kb) for kb in line], label=label, **_LINE)
    _scale(axes.set_xscale, axes.xaxis, sizes)
    _scale(axes.set_yscale, axes.yaxis, [point.ms for point in alone])
    name_axes(axes, "size of a request", "KB", "ms, alone", legend=False)
    axes.legend(loc="best")


def _by_vcpus(report: Report, axes: "Axes") -> None:
    """How many times faster a request by itself is on more threads."""
    vcpus = [pair[0] for pair in report.profile.speedup]
    times = [pair[1] for pair in report.profile.speedup]
    axes.plot(vcpus, times, "o-", color=COLOURS[0], label="measured")
    axes.plot(vcpus, vcpus, label="as many times as vCPUs", **_LINE)
    axes.set_xticks(vcpus)
    axes.set_ylim(bottom=0)
    name_axes(axes, "more vCPUs", "vCPUs", "times faster, alone", legend=False)
    axes.legend(loc="best")


def _label(point: Point) -> str:
    return point.extent or size(round(point.kb * 1024))


def _scale(set_scale: Callable[[str], None], axis: Any, values: Sequence[float]) -> None:
    """A logarithmic axis where values lie far apart, with as many ticks as have room."""
    if max(values) > _FAR * min(values):
        set_scale("log")
        ticker = need("matplotlib.ticker", "plots", "to draw a plot")
        ticks = (1.0,) if max(values) > _VERY_FAR * min(values) else (1.0, 2.0, 5.0)
        axis.set_major_locator(ticker.LogLocator(subs=ticks))
        plain_ticks(axis)
    else:
        set_scale("linear")
