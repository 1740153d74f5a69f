"""Values as TOML writes them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 96


def value(found: Any) -> str:
    """A TOML value. Raises TypeError for what TOML has no form for, None among them."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int):
        return str(found)
    if isinstance(found, float):
        return _number(found)
    if isinstance(found, str):
        return text(found)
    if isinstance(found, Mapping):
        return "{ " + ", ".join(f"{key(k)} = {value(v)}" for k, v in found.items()) + " }"
    if isinstance(found, Sequence):
        return "[" + ", ".join(map(value, found)) + "]"
    raise TypeError(f"TOML has no form for {type(found).__name__}")


def line(name: str, found: Any) -> str:
    """`name = value`, a long list with an element a line."""
    written = f"{key(name)} = {value(found)}"
    is_list = isinstance(found, Sequence) and not isinstance(found, str)
    if not is_list or len(written) <= _WIDE:
        return written
    return f"{key(name)} = [\n" + "".join(f"    {value(one)},\n" for one in found) + "]"


def key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else text(name)


def text(found: str) -> str:
    """A string on one line. JSON's escapes are TOML's, but for the half of a pair."""
    plain = found.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def comment(says: str) -> str:
    """A comment on one line, whatever is in the text."""
    return "# " + "".join(char if char.isprintable() else " " for char in says)


def _number(found: float) -> str:
    written = repr(found)
    return {"inf": "inf", "-inf": "-inf", "nan": "nan"}.get(written, written)
