"""An answer of predict as a terminal shows it: bars, lines with boxes, a timeline, numbers.

`PARTS` are tried in order; each draws the fields that it names and leaves the others.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from samovar_cli.terminal import bar, clean, one_line, percent

Answer = Mapping[str, Any]
_HEAD = frozenset({"id", "model", "version"})
_MOST_ROWS = 50
_TIMELINE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class View:
    """How much to show: the best `top` labels, and a sound's length where it is known."""

    top: int = 5
    seconds: float | None = None


def show(answer: Answer, view: View) -> RenderableType:
    """One answer, whole; several rows are a table of one line each."""
    if isinstance(answer.get("predictions"), list):
        rows = [(str(number), row) for number, row in enumerate(answer["predictions"], 1)]
        return table_of("row", rows)
    fields = {key: value for key, value in answer.items() if key not in _HEAD}
    drawn = list(_draw(fields, view))
    return Group(*[Padding(part, (0, 0, 0, 2), expand=False) for part in drawn])


def title(answer: Answer, source: str) -> Text:
    """Which model answered to what."""
    said = Text(one_line(str(answer.get("model", ""))), style="bold")
    said.append(f" {one_line(str(answer.get('version', '')))}", style="dim")
    shown = one_line(source)
    said.append(f" · {shown if len(shown) <= 50 else shown[:49] + '…'}")
    return said


def table_of(head: str, rows: Sequence[tuple[str, Answer]]) -> Table:
    """A line for each answer: its name, what it says, and its score as a bar."""
    scored = any(isinstance(answer.get("score"), int | float) for _, answer in rows)
    table = _table(head, "answer", *(("score", "") if scored else ()))
    table.columns[0].max_width = 28
    for name, answer in rows[:_MOST_ROWS]:
        score = answer.get("score")
        style = "red" if "error" in answer else ""
        drawn = _scored(score, 16) if scored else ()
        table.add_row(Text(one_line(name)), Text(summary(answer), style), *drawn)
    if len(rows) > _MOST_ROWS:
        table.add_row(Text("…"), Text(f"and {len(rows) - _MOST_ROWS} more; --json has all"))
    return table


def summary(answer: Answer) -> str:
    """An answer in one line."""
    for keys, say in _SUMMARIES.items():
        if keys in answer:
            return say(answer)
    return one_line(json.dumps({k: v for k, v in answer.items() if k not in _HEAD}))[:60]


def _draw(fields: dict[str, Any], view: View) -> Iterator[RenderableType]:
    left = dict(fields)
    for part in PARTS:
        if part.key in left:
            yield part.draw(left, view)
            for key in (part.key, *part.also):
                left.pop(key, None)
    if left:
        yield _plain(left)


def _classes(fields: Answer, view: View) -> RenderableType:
    if not isinstance(fields["probabilities"], list) or not fields["probabilities"]:
        return _plain({key: fields[key] for key in ("label", "labels", "score") if key in fields})
    chosen = set(fields.get("labels") or [fields.get("label")])
    table = _table("label", "score", "")
    if "label" in fields and fields["label"] not in {e["label"] for e in fields["probabilities"]}:
        said = Text(one_line(str(fields["label"] or "no label")), "bold green")
        table.add_row(said, Text(""), Text("the model is not sure enough of:", "dim"))
    for entry in fields["probabilities"][: view.top]:
        style = "bold green" if entry["label"] in chosen else ""
        number, drawn = _scored(entry["score"], 32, style or "cyan")
        table.add_row(Text(one_line(str(entry["label"])), style), number, drawn)
    hidden = len(fields["probabilities"]) - view.top
    if hidden > 0:
        table.add_row(Text(f"… {hidden} more", "dim"))
    return table


def _lines(fields: Answer, _view: View) -> RenderableType:
    if not fields["lines"]:
        return Text("no text was found", "dim")
    table = _table("", "text", "score", "box")
    table.columns[3].no_wrap = True
    for number, line in enumerate(fields["lines"], 1):
        box = Text(corners(line.get("box")), "dim")
        table.add_row(Text(str(number), "dim"), Text(clean(line["text"])), _score(line), box)
    return table


def _boxes(fields: Answer, _view: View) -> RenderableType:
    table = _table("label", "score", "box")
    for entry in fields["boxes"]:
        box = Text(corners(entry.get("box")), "dim")
        table.add_row(Text(one_line(str(entry.get("label", "")))), _score(entry), box)
    return table


def _segments(fields: Answer, view: View) -> RenderableType:
    segments = fields["segments"]
    if not segments:
        return Text("no speech was found", "dim")
    end = max(view.seconds or 0.0, segments[-1]["end"])
    table = _table("start", "end", "length")
    for entry in segments[:_MOST_ROWS]:
        cells = (entry["start"], entry["end"], entry["end"] - entry["start"])
        table.add_row(*(Text(f"{seconds:.2f} s", justify="right") for seconds in cells))
    total = fields.get("speech_seconds", sum(e["end"] - e["start"] for e in segments))
    return Group(_timeline(segments, end), Text(f"{total:.2f} s of speech in {end:.2f} s"), table)


def _timeline(segments: Sequence[Mapping[str, float]], end: float) -> Text:
    """Where there is speech, from 0 to `end` seconds."""
    cells = [False] * _TIMELINE_WIDTH
    for entry in segments:
        first = math.floor(entry["start"] / end * _TIMELINE_WIDTH)
        last = math.ceil(entry["end"] / end * _TIMELINE_WIDTH)
        cells[first:last] = [True] * (min(last, _TIMELINE_WIDTH) - first)
    line = Text("0 ", "dim")
    for speech in cells:
        line.append("█" if speech else "─", "green" if speech else "dim")
    return line.append(f" {end:.1f} s", "dim")


def _embedding(fields: Answer, _view: View) -> RenderableType:
    return Text(vector(fields["embedding"]))


def _value(fields: Answer, _view: View) -> RenderableType:
    return Text(quantity(fields), "bold")


def _plain(fields: Answer) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for key, value in fields.items():
        table.add_row(Text(one_line(key), "dim"), Text(_short(value)))
    return table


@dataclass(frozen=True, slots=True)
class Part:
    """What draws a field, with the fields beside it that are said in the same drawing."""

    key: str
    draw: Callable[[Answer, View], RenderableType]
    also: tuple[str, ...] = ()


PARTS: tuple[Part, ...] = (
    Part("probabilities", _classes, ("label", "labels", "score")),
    Part("lines", _lines, ("text",)),
    Part("boxes", _boxes),
    Part("segments", _segments, ("speech_seconds", "score")),
    Part("embedding", _embedding),
    Part("value", _value, ("unit",)),
)


def vector(numbers: Sequence[Any]) -> str:
    """The first numbers of many, how many there are, and their norm."""
    if not all(isinstance(number, int | float) for number in numbers):
        return _short(list(numbers))
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
    points = box if isinstance(box, list) else []
    if len(points) == 4 and not isinstance(points[0], list):
        points = [points[:2], points[2:]]
    if len(points) < 2:
        return ""
    (left, top), (right, bottom) = points[0], points[2 if len(points) > 2 else 1]
    return f"{left:.0f},{top:.0f} – {right:.0f},{bottom:.0f}"


def _text_summary(answer: Answer) -> str:
    lines = [line for line in str(answer["text"]).split("\n") if line]
    more = f" … {len(lines) - 1} more lines" if len(lines) > 1 else ""
    return (one_line(lines[0]) if lines else "no text") + more


_SUMMARIES: Mapping[str, Callable[[Answer], str]] = {
    "error": lambda answer: one_line(str(answer["error"])),
    "label": lambda answer: one_line(str(answer["label"])) if answer["label"] else "no label",
    "labels": lambda answer: one_line(", ".join(map(str, answer["labels"]))) or "none",
    "value": quantity,
    "embedding": lambda answer: vector(answer["embedding"]),
    "segments": lambda answer: f"{len(answer['segments'])} stretches of speech",
    "text": _text_summary,
    "boxes": lambda answer: f"{len(answer['boxes'])} boxes",
}


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name == "score" else "left")
    return table


def _scored(score: Any, width: int, style: str = "cyan") -> tuple[Text, Text]:
    if not isinstance(score, int | float):
        return Text(""), Text("")
    return Text(percent(score)), Text(bar(score, width), style)


def _score(entry: Answer) -> Text:
    return Text(percent(entry["score"])) if entry.get("score") is not None else Text("")


def _short(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    text = json.dumps(value, ensure_ascii=False)
    count = f" {len(value)} entries" if isinstance(value, list) else ""
    return one_line(text) if len(text) <= 100 else f"{one_line(text[:80])}…{count}"
