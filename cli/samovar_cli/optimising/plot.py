"""Quality against latency, a point a variant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar_cli.optimising.costs import Cost
from samovar_cli.optimising.order import Report
from samovar_cli.optimising.quality import TRUTH, Head
from samovar_cli.plots import COLOURS, INK, MUTED, draw, name_axes, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ORIGINAL, _HELD, _REFUSED = "original", "held to the gate", "refused"
_COLOURS = {_ORIGINAL: INK, _HELD: COLOURS[2], _REFUSED: COLOURS[1]}
_WIDE = 8.0  # slowest over fastest, beyond which an axis is in powers


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the plot."""

    name: str
    kind: str
    cost: Cost
    quality: float


def draw_report(report: Report) -> "Figure":
    """The figure; below the dashed line more is lost than the gate lets through."""
    head = _head(report)
    metric = head.metrics[0].name if head else "quality"
    before = head.metrics[0].original if head else 1.0
    spots = sorted(_spots(report, before), key=lambda one: (-one.quality, -one.cost.request_ms))

    def draws(figure: "Figure") -> None:
        axes = figure.add_subplot()
        _gate(axes, report.gate.loss, before)
        for at, spot in enumerate(spots):
            _point(axes, spot, 1 - (at + 0.5) / len(spots))
        for kind, colour in _COLOURS.items():
            if any(spot.kind == kind for spot in spots):
                axes.plot([], [], "o", color=colour, label=kind)
        _range(axes, spots)
        of = "" if head and head.against == TRUTH else ", against the original's answers"
        title = f"{report.name}: {metric} against latency"
        x = "one request, ms: the median, the fastest and the slowest process"
        name_axes(axes, title, x, metric + of, legend=False)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)

    return draw(draws, (8.0, 4.4))


def _head(report: Report) -> Head | None:
    mains = (one.quality.main for one in report.results if one.quality)
    return next((head for head in mains if head and head.metrics), None)


def _spots(report: Report, before: float) -> Iterator[Spot]:
    yield Spot(_ORIGINAL, _ORIGINAL, report.original, before)
    for result in report.results:
        head = result.quality.main if result.quality else None
        if result.cost and head and head.metrics:
            kind = _HELD if result.passed else _REFUSED
            yield Spot(result.name, kind, result.cost, head.metrics[0].variant)


def _gate(axes: "Axes", loss: float, before: float) -> None:
    level = before - loss
    axes.axhline(level, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.annotate(
        f"{loss:.1%} lost", (0.0, level), xycoords=("axes fraction", "data"), xytext=(3, -3),
        textcoords="offset points", ha="left", va="top", fontsize=7.5, color=MUTED,
    )  # fmt: skip


def _range(axes: "Axes", spots: list[Spot]) -> None:
    """Latencies from 0, or in powers where they lie far apart."""
    slowest = max(spot.cost.high_ms for spot in spots)
    if slowest > _WIDE * min(spot.cost.low_ms for spot in spots):
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    else:
        axes.set_xlim(0, slowest * 1.12)
    axes.margins(y=0.12)


def _point(axes: "Axes", spot: Spot, height: float) -> None:
    """A point with the spread of its trials, and a line to its name in the margin.

    Names stand one under the other in the order of the points: they cover nothing.
    """
    cost, colour = spot.cost, _COLOURS[spot.kind]
    spread = [[cost.request_ms - cost.low_ms], [cost.high_ms - cost.request_ms]]
    at = (cost.request_ms, spot.quality)
    axes.errorbar([at[0]], [at[1]], xerr=spread, fmt="o", color=colour, elinewidth=1.0)
    axes.annotate(
        spot.name, at, xytext=(1.03, height), textcoords="axes fraction", ha="left", va="center",
        fontsize=8.5, color=colour,
        arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "alpha": 0.6,
                    "relpos": (0.0, 0.5), "shrinkB": 3},
    )  # fmt: skip
