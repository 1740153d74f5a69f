"""The measured quality of a model, from its lock file's `[metrics]`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from samovar_cli.terminal import one_line, percent

_FIRST = ("accuracy", "f1", "macro_f1", "r2", "rmse", "mae", "cosine", "auc")
"""What a person looks at first, in this order."""
_SHARES = ("accuracy", "f1", "precision", "recall", "auc", "share")
_MOST_CLASSES = 16
_LABELS_WIDTH = 52


def headline(metrics: Mapping[str, Any]) -> tuple[str, str] | None:
    """The name and the text of the metric that says most, if there is one."""
    for wanted in _FIRST:
        for name, value in metrics.items():
            if wanted in name and _is_number(value):
                return name.replace("_", " "), shown(name, value)
    return None


def numbers(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each measured number with its name in words; tables within are walked through."""
    for name, value in metrics.items():
        said = f"{prefix} {name}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from numbers(value, said)
        elif _is_number(value):
            yield said, shown(name, value)
        elif isinstance(value, str):
            yield said, one_line(value)


def shown(name: str, value: float) -> str:
    """A metric's value: a share in per cent, counts whole."""
    if isinstance(value, float) and 0 <= value <= 1 and any(word in name for word in _SHARES):
        return percent(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def confusion(metrics: Mapping[str, Any]) -> Table | Text | None:
    """The confusion matrix as a grid: a row a true class, a column a predicted one.

    A cell's ground is the share of its row, green on the diagonal and red beside it.
    """
    counts, labels = metrics.get("confusion"), metrics.get("labels")
    if not isinstance(counts, list) or not isinstance(labels, list) or len(labels) != len(counts):
        return None
    if len(labels) > _MOST_CLASSES:
        return Text(f"a confusion matrix of {len(labels)} classes; --json has it", "dim")
    return _grid(counts, [one_line(str(label)) for label in labels])


def _grid(counts: Sequence[Sequence[int]], labels: Sequence[str]) -> Table:
    short = sum(max(len(label), 4) + 1 for label in labels) <= _LABELS_WIDTH
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("true \\ said", style="dim", no_wrap=True)
    for number, label in enumerate(labels, 1):
        table.add_column(label if short else str(number), justify="right")
    table.add_column("recall", justify="right")
    for at, (label, row) in enumerate(zip(labels, counts, strict=True)):
        name = label if short else f"{at + 1} {label[:24]}"
        total = sum(row)
        cells = [_cell(count, total, right=at == column) for column, count in enumerate(row)]
        recall = percent(row[at] / total) if total else ""
        table.add_row(Text(name), *cells, Text(recall))
    return table


def _cell(count: int, total: int, *, right: bool) -> Text:
    said = f"{count:>4}" if count else "   ·"
    if not count:
        return Text(said, "dim")
    strength = round(count / total * 4) if right else 1 + round(count / total * 3)
    return Text(said, (_RIGHT if right else _WRONG)[min(strength, 4)])


_RIGHT = tuple(f"white on #{shade}" for shade in ("1c3b1c", "1e4d1e", "1b5e20", "2e7d32", "388e3c"))
_WRONG = tuple(f"white on #{shade}" for shade in ("3b1c1c", "5e1b1b", "8e2424", "b02a2a", "d32f2f"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
