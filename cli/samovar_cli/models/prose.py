"""A manifest's description, whose lines were broken by hand, set anew for the terminal.

A line that is indented begins an entry of a list, `- like this` or `term   with its meaning`;
lines that are indented further go on with it.
"""

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from samovar_cli.terminal import clean

_TERM = re.compile(r"([-*•]|\d+\.)\s+|(\S.*?)\s{2,}")


def prose(text: str) -> RenderableType:
    """Paragraphs and lists, each to be wrapped where the terminal ends."""
    parts: list[RenderableType] = []
    entries: list[str] = []
    for line in [*_joined(clean(text.strip("\n"))), ""]:
        if line[:1] == " ":
            entries.append(line)
            continue
        if entries:
            parts.append(_list(entries))
            entries = []
        parts.append(Text(line))
    return Group(*parts[:-1])


def _joined(text: str) -> Iterator[str]:
    """Each paragraph and each entry as one line; empty lines stay."""
    held = ""
    for line in text.split("\n"):
        if held and _continues(held, line):
            held += f" {line.strip()}"
            continue
        if held:
            yield held
        held = line.rstrip()
        if not held:
            yield ""
    if held:
        yield held


def _continues(held: str, line: str) -> bool:
    if not line.strip():
        return False
    return _indent(line) > _indent(held) if _indent(held) else not _indent(line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _list(entries: list[str]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=0)
    table.add_column(style="bold", max_width=24)
    table.add_column()
    for entry in entries:
        body = entry.strip()
        term = _TERM.match(body)
        table.add_row("", term[0].strip() if term else "", body[term.end() :] if term else body)
    return table
