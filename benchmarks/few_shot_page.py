"""What few-shot figures look like: a table for each set, and a picture."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Found = Mapping[str, Any]
_WORDS = {"descriptions": "names and descriptions", "names": "names alone"}

_ABOUT = (
    "Left out: what the head itself says of its accuracy, by its own examples. Calibration "
    "error: the mean distance of the score from the share that is right. Refused with "
    "`unknown: true` (5 %): rows of these labels, and rows of the other set."
)


def page(found: Found) -> str:
    """benchmarks/results/few_shot.md."""
    machine = ", ".join(f"{key} {value}" for key, value in found["machine"].items())
    made = (
        f"`python -m benchmarks.few_shot` on {machine}. Vectors by `{found['model']}`; "
        f"{found['draws']} draws of examples; rows that are asked are none of them."
    )
    lines = ["# How many examples are enough", "", made, "", _ABOUT, ""]
    for one in found["sets"].values():
        lines += [*_tables(one, found), ""]
    return "\n".join(lines).rstrip() + "\n"


def _tables(one: Found, found: Found) -> Iterator[str]:
    yield f"## {one['title']} ({len(one['labels'])} labels, {one['rows']} rows)"
    if "High" in one["labels"]:
        shipped = found["shipped"]
        yield ""
        yield (
            f"The shipped `task-priority`, trained on thousands of rows, is right on "
            f"{shipped['accuracy']:.1%} of the same {shipped['rows']} rows."
        )
    for key, words in _WORDS.items():
        yield ""
        yield (
            f"| {words}: examples a label | accuracy (10th to 90th percentile) | left out |"
            " calibration error | known refused | foreign refused | foreign refused at 20 % |"
        )
        yield "|---|---|---|---|---|---|---|"
        yield from (_row(shots, each) for shots, each in one[key].items())


def _row(shots: str, each: Found) -> str:
    left_out = each["left_out_accuracy"]
    told = [
        shots,
        f"{each['accuracy']:.1%} ({each['accuracy_p10']:.1%} to {each['accuracy_p90']:.1%})",
        "-" if left_out is None else f"{left_out:.1%}",
        f"{each['calibration_error']:.3f}",
        f"{each['known_refused']:.1%}",
        f"{each['foreign_refused']:.1%}",
        f"{each['foreign_refused_at_20']:.1%}",
    ]
    return f"| {' | '.join(told)} |"


def picture(found: Found, path: Path) -> None:
    """Accuracy by examples a label: the mean of the draws, and where eight in ten of them lie."""
    from samovar_cli.plots import COLOURS, INK, draw, name_axes, save

    def paint(figure: Any) -> None:
        shown = figure.subplots(1, len(found["sets"]), sharey=True)
        for axes, one in zip(shown, found["sets"].values(), strict=True):
            for colour, (key, words) in zip(COLOURS, _WORDS.items(), strict=False):
                shots = list(one[key])
                low, mean, high = (
                    [100 * one[key][each][name] for each in shots]
                    for name in ("accuracy_p10", "accuracy", "accuracy_p90")
                )
                axes.fill_between(range(len(shots)), low, high, color=colour, alpha=0.15, lw=0)
                axes.plot(range(len(shots)), mean, marker="o", color=colour, label=words)
            axes.axhline(100 / len(one["labels"]), color=INK, lw=0.8, ls=":", label="by chance")
            if "High" in one["labels"]:
                shipped = 100 * found["shipped"]["accuracy"]
                axes.axhline(shipped, color=COLOURS[2], lw=1.2, ls="--", label="task-priority")
            axes.set_xticks(range(len(shots)), shots)
            own = "right, %" if axes is shown[0] else ""
            name_axes(axes, one["title"], "examples a label", own, legend=False)
        figure.legend(*shown[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

    save(draw(paint, (8.4, 3.6)), path)
