"""An answer of predict as a terminal shows it, one whole or many in a table."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from samovar_cli.drawings import MOST_ROWS, View, draw, plain_table, scored
from samovar_cli.forms import Answer, is_number
from samovar_cli.summaries import summary
from samovar_cli.terminal import one_line


def show(answer: Answer, view: View) -> RenderableType:
    """One answer, whole; several rows are a table of one line each."""
    if isinstance(answer.get("predictions"), list):
        rows = [(str(number), row) for number, row in enumerate(answer["predictions"], 1)]
        return table_of("row", rows)
    return Group(*[Padding(part, (0, 0, 0, 2), expand=False) for part in draw(answer, view)])


def title(answer: Answer, source: str) -> Text:
    """Which model answered to what."""
    said = Text(one_line(str(answer.get("model", ""))), style="bold")
    said.append(f" {one_line(str(answer.get('version', '')))}", style="dim")
    shown = one_line(source)
    said.append(f" · {shown if len(shown) <= 50 else shown[:49] + '…'}")
    return said


def table_of(head: str, rows: Sequence[tuple[str, Answer]]) -> Table:
    """A line for each answer: its name, what it says, and its score as a bar."""
    has_scores = any(is_number(answer.get("score")) for _, answer in rows)
    table = plain_table(head, "answer", *(("score", "") if has_scores else ()))
    table.columns[0].max_width = 28
    for name, answer in rows[:MOST_ROWS]:
        score = answer.get("score")
        style = "red" if "error" in answer else ""
        drawn = scored(score, 16) if has_scores else ()
        table.add_row(Text(one_line(name)), Text(summary(answer), style), *drawn)
    if len(rows) > MOST_ROWS:
        table.add_row(Text("…"), Text(f"and {len(rows) - MOST_ROWS} more; --json has all"))
    return table
