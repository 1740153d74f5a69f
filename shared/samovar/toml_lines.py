"""Where in a TOML file each key stands, so that a fault can say its line.

tomllib gives values and no positions. This follows statements, from a key or a header to
the end of its line, strings and brackets that run over several lines included. It is meant
for files that tomllib accepts; of others it says what it can.
"""

import re
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PART = re.compile(_KEY)
_PIECE = re.compile(
    r"""
      \"{3} (?: \\. | [^\\] )*? (?: \"{3,5} | \Z )
    | '{3} .*? (?: '{3,5} | \Z )
    | " (?: \\. | [^"\\\n] )* "?
    | ' [^'\n]* '?
    | \# [^\n]*
    | [\[\]{}\n]
    | [^"'\#\[\]{}\n]+
    """,
    re.VERBOSE | re.DOTALL,
)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def line_numbers(text: str) -> Mapping[Path, int]:
    """Path of each table and key (`("pre", 0, "step")`) → its line, from 1."""
    found: dict[Path, int] = {}
    last: dict[Path, int] = {}  # path of an array of tables → the index of its last one
    table: Path = ()
    for number, statement in _statements(text):
        if header := _HEADER.match(statement):
            table = _table(_parts(header[2]), header[1] == "[[", last)
            found.setdefault(table, number)
        elif key := _ASSIGNMENT.match(statement):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the line it begins on; a value in brackets or quotes may be long."""
    line, began, depth = 1, 1, 0
    parts: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        depth = max(depth + _STEP.get(piece, 0), 0)
        if piece == "\n" and depth == 0:
            yield began, "".join(parts)
            parts, began = [], line + 1
        else:
            parts.append(piece)
        line += piece.count("\n")
    yield began, "".join(parts)


def _table(parts: list[str], is_entry: bool, last: dict[Path, int]) -> Path:  # noqa: FBT001 - the header's own brackets
    """The path of a header: within an array of tables it means the array's last entry."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        path = (*path, last[path]) if path in last else path
    path = (*path, parts[-1])
    if is_entry:
        last[path] = last.get(path, -1) + 1
        return (*path, last[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [part[1:-1] if part[0] in "\"'" else part for part in _PART.findall(dotted)]


def nearest(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table around it that has one; 1 at worst."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return 1
