"""The table as a picture: what each way to serve a load costs, beside the least possible."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar_cli.plots import COLOURS, MUTED, PAPER, draw, plain_ticks, save

from benchmarks.planning.table import LATE, WITHIN, Found, least

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WAYS: Mapping[str, tuple[str, str]] = {
    "HarmonyBatch": ("v", COLOURS[3]),
    "BATCH": ("^", COLOURS[2]),
    "one by one": ("s", COLOURS[1]),
    "plan": ("o", COLOURS[0]),
}
"""Way → its marker and colour, what matters most last, on top."""


def picture(found: Found, path: Path) -> None:
    """Write it, by the suffix of `path`."""
    cases: Sequence[Found] = found["cases"]
    names = list(dict.fromkeys(_name(case) for case in cases))

    def draws(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.axvspan(1.0, WITHIN, color=COLOURS[0], alpha=0.12, linewidth=0)
        for way in _WAYS:
            _points(axes, way, cases, names)
        _label(axes, names)

    save(draw(draws, (7.2, 1.4 + 0.24 * len(names))), path)


def _points(axes: "Axes", way: str, cases: Sequence[Found], names: Sequence[str]) -> None:
    """One way at every noise: full where it is in time, hollow where too many are late."""
    marker, colour = _WAYS[way]
    for in_time in (True, False):
        there = [case for case in cases if (case["ways"][way]["late"] <= LATE) is in_time]
        axes.scatter(
            [case["ways"][way]["cost"] / least(case) for case in there],
            [names.index(_name(case)) for case in there],
            s=22,
            marker=marker,
            facecolors=colour if in_time else PAPER,
            edgecolors=colour,
            linewidths=1.0,
            zorder=3,
            label=way if in_time else None,
        )


def _label(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_xscale("log")
    axes.set_xticks([1, 1.5, 2, 3, 5, 8])
    plain_ticks(axes.xaxis)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_title("Cost beside the least that any planner could pay")
    axes.set_xlabel(f"× the lower bound; the band is up to {WITHIN}; hollow: too many late")
    axes.xaxis.label.set_color(MUTED)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def _name(case: Mapping[str, Any]) -> str:
    return f"{case['service']} · {case['load']}"
