"""Quality against latency, a point a variant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samovar_cli.optimising.costs import Cost
from samovar_cli.optimising.order import Report
from samovar_cli.optimising.quality import TRUTH, Head
from samovar_cli.plots import COLOURS, INK, MUTED, PAPER, draw, name_axes, plain_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ORIGINAL, _HELD, _REFUSED = "original", "held to the gate", "refused"
_COLOURS = {_ORIGINAL: INK, _HELD: COLOURS[2], _REFUSED: COLOURS[1]}
_HEIGHTS = (16, -20, 32, -36, 48, -52)  # of names beside their points, so that they stand apart
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
    spots = sorted(_spots(report, before), key=lambda spot: spot.cost.request_ms)

    def draws(figure: "Figure") -> None:
        axes = figure.add_subplot()
        _gate(axes, report.gate.loss, before)
        for at, spot in enumerate(spots):
            _point(axes, spot, _HEIGHTS[at % len(_HEIGHTS)])
        for kind, colour in _COLOURS.items():
            if any(spot.kind == kind for spot in spots):
                axes.plot([], [], "o", color=colour, label=kind)
        _range(axes, spots)
        of = "" if head and head.against == TRUTH else ", against the original's answers"
        title = f"{report.name}: {metric} against latency"
        name_axes(axes, title, "one request, ms (median, fastest and slowest process)", metric + of)

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
        f"{loss:.1%} lost", (1.0, level), xycoords=("axes fraction", "data"), xytext=(-2, -3),
        textcoords="offset points", ha="right", va="top", fontsize=7.5, color=MUTED,
    )  # fmt: skip


def _range(axes: "Axes", spots: list[Spot]) -> None:
    """Latencies from 0, or in powers where they lie far apart."""
    slowest = max(spot.cost.high_ms for spot in spots)
    if slowest > _WIDE * min(spot.cost.low_ms for spot in spots):
        axes.set_xscale("log")
        plain_ticks(axes.xaxis)
    else:
        axes.set_xlim(0, slowest * 1.12)
    axes.margins(y=0.35)


def _point(axes: "Axes", spot: Spot, height: int) -> None:
    """A point with the spread of its trials, and its name on a line of its own."""
    cost, colour = spot.cost, _COLOURS[spot.kind]
    spread = [[cost.request_ms - cost.low_ms], [cost.high_ms - cost.request_ms]]
    at = (cost.request_ms, spot.quality)
    axes.errorbar([at[0]], [at[1]], xerr=spread, fmt="o", color=colour, elinewidth=1.0)
    axes.annotate(
        spot.name, at, xytext=(0, height), textcoords="offset points", ha="center",
        va="bottom" if height > 0 else "top", fontsize=8.0, color=INK,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.0},
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkB": 3},
    )  # fmt: skip
