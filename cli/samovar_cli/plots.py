"""Plots of measurements: one style, and the same bytes for the same data.

matplotlib is imported where a plot is made, and only its object interface is used: nothing is
shown in a window, and no state is shared between figures.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar.errors import CommandFailed

from samovar_cli.extras import need

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE, PAPER = "#1c2430", "#667080", "#dfe3e8", "#ffffff"
COLOURS = ("#1f6fb4", "#d9622b", "#2a8f5d", "#8457a6", "#b8860b", "#5d6b7a", "#c2447a", "#17909b")
"""Of lines and bars, in this order; told apart by people who see no red or no green."""
_STYLE: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "samovar",  # ids within the file are the same each time
}
_METADATA: Mapping[str, Mapping[str, str | None]] = {
    ".svg": {"Date": None},
    ".png": {"Software": None},
}
"""Suffix that a plot can have → what is left out of the file, so that it depends on its data."""


def draw(draws: Callable[["Figure"], None], size_in: tuple[float, float] = (7.2, 4.0)) -> "Figure":
    """A figure of so many inches in the house's style, on which `draws` has put its axes.

    Raises CommandFailed where matplotlib is missing.
    """
    matplotlib = need("matplotlib", "plots", "to draw a plot")
    figures = need("matplotlib.figure", "plots", "to draw a plot")
    with matplotlib.rc_context(dict(_STYLE)):
        figure: Figure = figures.Figure(figsize=size_in)
        draws(figure)
    return figure


def name_axes(axes: "Axes", title: str, x: str, y: str, *, legend: bool = True) -> None:
    """Titles, and a legend outside on the right where there is something to tell apart."""
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if legend and axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def plain_ticks(axis: Any, form: str = "{:g}") -> None:
    """Numbers at an axis's ticks as a person writes them: 0.01, 1, 1,000; for `axes.xaxis`."""
    ticker = need("matplotlib.ticker", "plots", "to draw a plot")
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: form.format(value)))
    axis.set_minor_formatter(ticker.NullFormatter())


def check_path(path: Path) -> None:
    """Raises CommandFailed for a file that `save` would not write; for before long work."""
    if path.suffix.lower() not in _METADATA:
        raise CommandFailed(f"a plot is a .svg or a .png file: {path.name} is neither")
    if not path.parent.is_dir():
        raise CommandFailed(f"the plot {path} cannot be written: there is no folder {path.parent}")


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as what its suffix says, .svg or .png. Raises CommandFailed."""
    check_path(path)
    matplotlib = need("matplotlib", "plots", "to draw a plot")
    metadata = dict(_METADATA[path.suffix.lower()])
    try:
        with matplotlib.rc_context(dict(_STYLE)):
            figure.savefig(path, dpi=150, metadata=metadata)
    except OSError as error:
        raise CommandFailed(f"the plot {path} cannot be written: {error.strerror}") from None
