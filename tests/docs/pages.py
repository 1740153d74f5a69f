"""The blocks of a Markdown page, and what each kind of them promises."""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVE_AS = re.compile(r"[Ss]ave (?:this|it) as `([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, its line, and the file that it is to be saved as."""

    language: str
    text: str
    line: int
    save_as: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page in order."""
    text = page.read_text("utf-8")
    found, at = [], 0
    for match in _BLOCK.finditer(text):
        named = _SAVE_AS.findall(text[at : match.start()])
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match[1], match[2], line, named[-1] if named else ""))
        at = match.end()
    return found
