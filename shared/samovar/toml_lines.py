"""Where in a TOML file each key stands, so that a fault can say its line.

tomllib gives values and no positions. A file that tomllib accepts has a simple shape
line by line; this follows headers, keys and open brackets or quotes, nothing more.
"""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'")


def line_numbers(text: str) -> Mapping[Path, int]:
    """Path of each table and key (`("pre", 0, "step")`) → its line, from 1."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    open_until, depth = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if open_until:
            open_until = "" if open_until in line else open_until
            continue
        if depth == 0:
            table = _note(line, number, table, found, counts)
        bare, open_until = _without_strings(line)
        depth = max(
            0, depth + bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
        )
    return found


def _note(
    line: str, number: int, table: Path, found: dict[Path, int], counts: dict[Path, int]
) -> Path:
    header = _HEADER.match(line)
    if header:
        path: Path = tuple(_parts(header[2]))
        if header[1] == "[[":
            counts[path] = counts.get(path, -1) + 1
            path = (*path, counts[path])
        found.setdefault(path, number)
        return path
    key = _KEY.match(line)
    if key:
        found.setdefault((*table, *_parts(key[1])), number)
    return table


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _without_strings(line: str) -> tuple[str, str]:
    """The line without its strings and comment, and the quote that it leaves open."""
    for quote in ('"""', "'''"):
        before, opened, after = line.partition(quote)
        if opened and quote not in after and "#" not in _STRING.sub("", before):
            return _STRING.sub("", before), quote
    return _STRING.sub("", line.replace('"""', '"').replace("'''", "'")).partition("#")[0], ""


def nearest(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table around it that has one; 1 at worst."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1
