"""An answer, or one of its values, in one line."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar_cli.forms import Answer, box_corners, standard
from samovar_cli.terminal import clean, one_line

HEAD = frozenset({"id", "model", "version"})
"""What names the request rather than answering it."""


def summary(answer: Answer) -> str:
    """An answer in one line."""
    fields = standard(answer)
    for key, say in _SUMMARIES.items():
        if key in fields:
            return say(fields)
    return one_line(json.dumps({k: v for k, v in answer.items() if k not in HEAD}))[:60]


def vector(numbers: Sequence[Any]) -> str:
    """The first numbers of many, how many there are, and their norm."""
    norm = math.sqrt(sum(number * number for number in numbers))
    first = ", ".join(f"{number:.4f}" for number in numbers[:5])
    more = ", …" if len(numbers) > 5 else ""
    return f"[{first}{more}] {len(numbers)} numbers, norm {norm:.4f}"


def quantity(fields: Answer) -> str:
    """A value with its unit."""
    value, unit = fields["value"], one_line(str(fields.get("unit", "")))
    said = "no value" if value is None else f"{value:.6g}"
    return f"{said} {unit}".rstrip()


def corners(box: Any) -> str:
    """A box by its first and its opposite corner, in pixels: 12,30 – 240,62."""
    points = box_corners(box)
    if not points:
        return ""
    (left, top), _, (right, bottom), _ = points
    return f"{left:.0f},{top:.0f} – {right:.0f},{bottom:.0f}"


def short(value: Any) -> str:
    """Any JSON value, cut where it is long."""
    if isinstance(value, str):
        return clean(value)
    text = json.dumps(value, ensure_ascii=False)
    count = f" {len(value)} entries" if isinstance(value, list) else ""
    return one_line(text) if len(text) <= 100 else f"{one_line(text[:80])}…{count}"


def _text_summary(answer: Answer) -> str:
    lines = [line for line in str(answer["text"]).split("\n") if line]
    more = f" … {len(lines) - 1} more lines" if len(lines) > 1 else ""
    return (one_line(lines[0]) if lines else "no text") + more


_SUMMARIES: Mapping[str, Callable[[Answer], str]] = {
    "error": lambda answer: one_line(str(answer["error"])),
    "label": lambda answer: (
        "no label" if answer["label"] is None else one_line(str(answer["label"]))
    ),
    "labels": lambda answer: one_line(", ".join(map(str, answer["labels"]))) or "none",
    "value": quantity,
    "embedding": lambda answer: vector(answer["embedding"]),
    "segments": lambda answer: f"{len(answer['segments'])} stretches of speech",
    "text": _text_summary,
    "boxes": lambda answer: f"{len(answer['boxes'])} boxes",
}
