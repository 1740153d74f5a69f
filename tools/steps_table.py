"""The table of steps in docs/manifest.md, written from the steps themselves.

`python -m tools.steps_table` rewrites the page in place; a test holds that it is current.
"""

import re
import sys
from dataclasses import MISSING, Field, fields
from importlib import import_module
from typing import Any, Literal, get_args, get_origin, get_type_hints

from samovar.steps import STEPS

from tools.generated import DOCS, with_table

PAGE = DOCS / "manifest.md"
BEGIN, END = "<!-- steps: written by tools/steps_table.py -->", "<!-- end of steps -->"


def table() -> str:
    """A Markdown table: step, what flows, what it does, its parameters with their defaults."""
    lines = ["| step | takes → gives | what it does | parameters |", "|---|---|---|---|"]
    for name, target in STEPS.items():
        module, _, attribute = target.partition(":")
        cls = getattr(import_module(module), attribute)
        hints = get_type_hints(cls)
        params = ", ".join(_parameter(field, hints[field.name]) for field in fields(cls))
        said = _first_sentence(cls.__doc__ or "")
        lines.append(f"| `{name}` | {cls.takes} → {cls.gives} | {said} | {params} |")
    return "\n".join(lines)


def _parameter(field: "Field[Any]", hint: Any) -> str:
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    said = f"`{field.name}`"
    if choices:
        said += f" ({' · '.join(map(str, choices))})"
    if field.default is MISSING and field.default_factory is MISSING:
        return f"**{said}**"
    plain = field.default is not MISSING and field.default not in (None, "")
    return (
        f"{said} = {field.default:.6g}"
        if plain and isinstance(field.default, float)
        else (f"{said} = {str(field.default).lower()}" if plain and not choices else said)
    )


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split()).partition(" See `")[0]
    return re.split(r"(?<=[a-z)}\].`])\.(?: |$)", flat)[0].rstrip(".").replace("|", "\\|")


def page(text: str) -> str:
    """The page with the current table between its marks."""
    return with_table(text, BEGIN, END, table())


def main() -> int:
    """Rewrite the page; 0 always."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
