"""What `benchmarks.routing` found, as a page and as a picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar_cli.plots import COLOURS, draw, name_axes, plain_ticks, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "routing.svg"
_LANES = {"queue": "light", "endpoint": "heavy", "auto": "auto"}


def write(found: dict[str, Any], path: Path, picture: Path = PICTURE) -> None:
    """The page, and the picture."""
    path.write_text("\n".join([*_head(found), *_rates(found), *_idle(found), ""]), "utf-8")
    save(draw(lambda figure: _draw(figure, found["rates"]), (7.2, 3.4)), picture)


def _head(found: dict[str, Any]) -> Iterator[str]:
    yield "# The router of `auto` models\n"
    said = f"{found['date']}. Simulated; prices of {found['prices']}."
    yield f"`python -m benchmarks.routing`, {said}\n"


def _rates(found: dict[str, Any]) -> Iterator[str]:
    yield (
        "A month's US dollars on each lane, at so many requests a second (Poisson), each of so "
        "long on one vCPU. *× best*: the router against the cheaper lane that keeps up, in a "
        "deployment that has both; *alone*: against one that has the better lane only.\n"
    )
    yield "| a request | a second | light | heavy | auto | × best | alone | heavy share | p95 |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in found["rates"]:
        costs = " | ".join(_cost(row, lane) for lane in _LANES)
        yield (
            f"| {row['model']} | {row['rate']:,g} | {costs} | {_times(row['times_best'])} | "
            f"{_times(row['times_best_alone'])} | {row['heavy']:.0%} | {row['p95_s']:,.1f} s |"
        )
    yield "\n†: it does not keep up: half of its last jobs wait for over ten minutes.\n"


def _cost(row: dict[str, Any], lane: str) -> str:
    keeps_up = row["keeps_up"] if lane == "auto" else lane in row["keep_up"]
    return f"{row['month'][lane]:,.2f}" + ("" if keeps_up else " †")


def _times(value: float | None) -> str:
    return f"{value:.3f}" if value else "-"


def _idle(found: dict[str, Any]) -> Iterator[str]:
    yield (
        "A day that is mostly idle, beside instances that never sleep, as many as the peak needs "
        "(*idle*: the share of their time in which they run nothing).\n"
    )
    lanes = "never sleeping | light | heavy | auto | × cheaper"
    yield f"| load | requests | instances | idle | {lanes} | p50 | p95 |"
    yield "|---|" + "---:|" * 10
    for row in found["idle"]:
        month = row["month"]
        costs = " | ".join(f"{month[n]:,.0f}" for n in ("instance", "queue", "endpoint", "auto"))
        yield (
            f"| {row['load']} | {row['requests']:,} | {row['instances']} | {row['idle']:.1%} | "
            f"{costs} | {row['times_cheaper']:.1f} | {row['p50_s']:,.1f} s | "
            f"{row['p95_s']:,.1f} s |"
        )


def _draw(figure: "Figure", rates: list[dict[str, Any]]) -> None:
    """A month's cost against the rate, a panel a model."""
    models = list(dict.fromkeys(row["model"] for row in rates))
    for number, axes in enumerate(figure.subplots(1, len(models), sharey=True)):
        rows = [row for row in rates if row["model"] == models[number]]
        for (lane, label), colour, style in zip(
            _LANES.items(), COLOURS, ("--", "--", "-"), strict=False
        ):
            at = [row["rate"] for row in rows]
            axes.plot(at, [row["month"][lane] for row in rows], style, color=colour, label=label)
        axes.set_xscale("log")
        axes.set_yscale("log")
        plain_ticks(axes.xaxis, "{:,g}")
        plain_ticks(axes.yaxis, "${:,.0f}")
        last = number == len(models) - 1
        title = f"{models[number]} a request"
        name_axes(axes, title, "requests a second", "" if number else "a month", legend=last)
