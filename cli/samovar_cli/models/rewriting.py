"""A manifest's text with one of its tables in place of another. Pure; comments elsewhere stay."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_PROFILE = re.compile(r"^[ \t]*\[[ \t]*profile[ \t]*\][^\n]*\n?", re.MULTILINE)


def has_profile(text: str) -> bool:
    """Whether a manifest, or a lock, has a [profile]."""
    return _PROFILE.search(text) is not None


def with_profile(text: str, lines: Sequence[str]) -> str:
    """The manifest with these lines as its [profile], where it was or at its end."""
    table = "\n".join(lines) + "\n"
    found = _PROFILE.search(text)
    if found is None:
        return f"{text.rstrip()}\n\n{table}" if text.strip() else table
    following = _HEADER.search(text, found.end())
    if following is None:
        return text[: found.start()] + table
    return f"{text[: found.start()]}{table}\n{text[following.start() :]}"
