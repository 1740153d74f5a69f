"""Fields of an answer as a terminal shows them: bars, boxes, a timeline, numbers.

`PARTS` are tried in order; each draws the fields that it names and leaves the others.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from samovar_cli.forms import Answer, is_number, standard
from samovar_cli.summaries import HEAD, corners, quantity, short, vector
from samovar_cli.terminal import bar, clean, one_line, percent

MOST_ROWS = 50
_BAR_WIDTH = 32
_TIMELINE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class View:
    """How much to show: the best `top` labels, and a sound's length where it is known."""

    top: int = 5
    seconds: float | None = None


def draw(answer: Answer, view: View) -> Iterator[RenderableType]:
    """Every field, those that belong together in one drawing."""
    fields = standard(answer)
    left = {key: value for key, value in answer.items() if key not in HEAD}
    for part in PARTS:
        if part.key in fields and part.key in left:
            yield part.draw(fields, view)
            for key in (part.key, *part.also):
                if key in fields:
                    left.pop(key, None)
    if left:
        yield _plain(left)


def _classes(fields: Answer, view: View) -> RenderableType:
    entries = fields.get("probabilities", [])
    chosen = set(fields.get("labels", [fields.get("label")]))
    table = plain_table("label", "score", "")
    if "label" in fields and fields["label"] not in {entry["label"] for entry in entries}:
        said = Text("no label" if fields["label"] is None else one_line(str(fields["label"])))
        unsure = Text(""), Text("the model is not sure enough of:", "dim")
        cells = unsure if entries else scored(fields.get("score"), _BAR_WIDTH)
        table.add_row(said, *cells, style="bold green")
    for entry in entries[: view.top]:
        style = "bold green" if entry["label"] in chosen else ""
        number, drawn = scored(entry["score"], _BAR_WIDTH, style or "cyan")
        table.add_row(Text(one_line(entry["label"]), style), number, drawn)
    if len(entries) > view.top:
        table.add_row(Text(f"… {len(entries) - view.top} more", "dim"))
    return table


def _lines(fields: Answer, _view: View) -> RenderableType:
    if not fields["lines"]:
        return Text("no text was found", "dim")
    table = plain_table("", "text", "score", "box")
    table.columns[3].no_wrap = True
    for number, line in enumerate(fields["lines"], 1):
        box = Text(corners(line.get("box")), "dim")
        table.add_row(Text(str(number), "dim"), Text(clean(line["text"])), _score(line), box)
    return table


def _boxes(fields: Answer, _view: View) -> RenderableType:
    table = plain_table("label", "score", "box")
    for entry in fields["boxes"]:
        box = Text(corners(entry.get("box")), "dim")
        table.add_row(Text(one_line(str(entry.get("label", "")))), _score(entry), box)
    return table


def _segments(fields: Answer, view: View) -> RenderableType:
    segments = fields["segments"]
    if not segments:
        return Text("no speech was found", "dim")
    end = max(view.seconds or 0.0, *(entry["end"] for entry in segments), 0.001)
    table = plain_table("start", "end", "length")
    for entry in segments[:MOST_ROWS]:
        cells = (entry["start"], entry["end"], entry["end"] - entry["start"])
        table.add_row(*(Text(f"{seconds:.2f} s", justify="right") for seconds in cells))
    total = fields.get("speech_seconds", sum(e["end"] - e["start"] for e in segments))
    return Group(_timeline(segments, end), Text(f"{total:.2f} s of speech in {end:.2f} s"), table)


def _timeline(segments: Sequence[Mapping[str, float]], end: float) -> Text:
    """Where there is speech, from 0 to `end` seconds."""
    cells = [False] * _TIMELINE_WIDTH
    for entry in segments:
        first = max(math.floor(entry["start"] / end * _TIMELINE_WIDTH), 0)
        last = min(math.ceil(entry["end"] / end * _TIMELINE_WIDTH), _TIMELINE_WIDTH)
        cells[first:last] = [True] * (last - first)
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
        table.add_row(Text(one_line(key), "dim"), Text(short(value)))
    return table


@dataclass(frozen=True, slots=True)
class Part:
    """What draws a field, with the fields beside it that are said in the same drawing."""

    key: str
    draw: Callable[[Answer, View], RenderableType]
    also: tuple[str, ...] = ()


PARTS: tuple[Part, ...] = (
    Part("probabilities", _classes, ("label", "labels", "score")),
    Part("label", _classes, ("score",)),
    Part("lines", _lines, ("text",)),
    Part("boxes", _boxes),
    Part("segments", _segments, ("speech_seconds", "score")),
    Part("embedding", _embedding),
    Part("value", _value, ("unit",)),
)


def plain_table(*columns: str) -> Table:
    """A table without lines; a column `score` is set to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name == "score" else "left")
    return table


def scored(score: Any, width: int, style: str = "cyan") -> tuple[Text, Text]:
    """A score in per cent and as a bar; both empty where there is none."""
    if not is_number(score):
        return Text(""), Text("")
    return Text(percent(score)), Text(bar(score, width), style)


def _score(entry: Answer) -> Text:
    return scored(entry.get("score"), 1)[0]
