"""Ends of texts: how far back something may have begun that is not over yet."""

import re
from collections.abc import Callable

BLANKS = r" \-\u00a0\u202f\u2010\u2011\u2013"
"""What people put between groups of digits, as the inside of a regular expression's brackets."""


_LAST = 0x2020
"""Further characters are in no run."""


def trailing(characters: str, begins: str, most: int) -> Callable[[str], int]:
    """Where the text's last run of `characters` first has one of `begins`; no further than `most`.

    Both are the insides of a regular expression's brackets.
    """
    own = re.compile(f"[{characters}]")
    run = "".join(character for character in map(chr, range(_LAST)) if own.match(character))
    first = re.compile(f"[{begins}]")

    def pending(text: str) -> int:
        begun = first.search(text, max(len(text.rstrip(run)), len(text) - most))
        return begun.start() if begun else len(text)

    return pending


def beginning(pattern: str, most: int) -> Callable[[str], int]:
    """Where the first match of `pattern` begins that reaches the text's end, within `most`."""
    reaches = re.compile(f"(?:{pattern})\\Z")

    def pending(text: str) -> int:
        found = reaches.search(text, max(len(text) - most, 0))
        return found.start() if found else len(text)

    return pending
