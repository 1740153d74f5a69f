"""What a terminal can show: consoles, text without control characters, bars."""

import codecs
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

BAR_WIDTH = 24
_JOINERS = "\u200c\u200d"  # of Persian and of emoji
_EIGHTHS = " ▏▎▍▌▋▊▉"
_PLAIN: Mapping[str, str] = {
    "…": "~",
    "·": "-",
    "–": "-",
    "—": "-",
    "→": ">",
    "×": "x",
    "±": "+",
    "░": ".",
    "▒": ":",
    "▓": "=",
    "▄": "+",
    **dict.fromkeys("█▉▊▋▌▍▎▏━─", "#"),
}
"""What stands for our own signs where the terminal's encoding lacks them, one for one."""


def prepare_streams() -> None:
    """Let both streams replace what their encoding lacks: an ASCII terminal is no fault."""
    codecs.register_error("samovar", _replace)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="samovar")


def console(*, stderr: bool = False) -> "Console":
    """A console that takes text as it is: no markup, no guessing at numbers to colour."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def progress() -> "Progress":
    """Bars on standard error that go away when they are done; none where nobody watches."""
    from rich.progress import Progress

    shown = console(stderr=True)
    return Progress(console=shown, transient=True, disable=not shown.is_terminal)


def write_json(document: bytes) -> None:
    """A line of JSON as it is, in UTF-8 whatever the terminal's encoding."""
    write_bytes(document + b"\n")


def write_bytes(body: bytes) -> None:
    """Bytes on standard output, as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def command_name() -> str:
    """How this command is typed from here: `samovar` where the shell finds it, else its path."""
    typed = Path(sys.argv[0])
    found = shutil.which("samovar")
    if typed.name != "samovar" or not typed.is_file() or (found and typed.samefile(found)):
        return "samovar"
    path, here = typed.absolute(), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def clean(text: str) -> str:
    """Text that cannot move the cursor, ring, or turn the reading direction; newlines stay."""
    return "".join(map(_clean, text))


def one_line(text: str) -> str:
    """`clean`, with every run of white space as one space."""
    return clean(" ".join(text.split()))


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar `share` in [0, 1] of `width` columns long, to the eighth of a column."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def size(count: int) -> str:
    """Bytes as a person reads them: 512 B, 3.2 MB, 91 MB."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 10 and unit != "B" else f"{value:.0f} {unit}"


def percent(share: float) -> str:
    """A share in [0, 1] as 98.7 %."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{share * 100:.1f} %"


def _clean(char: str) -> str:
    if char.isprintable() or char == "\n" or char in _JOINERS:
        return char
    return " " if unicodedata.category(char) == "Zs" or char == "\t" else "\ufffd"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(char, "?") for char in lacking), error.end
