"""The table of error codes in docs/limits.md, written from the error tree itself.

`python -m tools.codes_table` rewrites the page in place; a test holds that it is current.
"""

import sys

from samovar import errors, refusals
from samovar.edges.messages import status_of

from tools.generated import DOCS, with_table

PAGE = DOCS / "limits.md"
BEGIN, END = "<!-- codes: written by tools/codes_table.py -->", "<!-- end of codes -->"
_WITH_FAULTS = (errors.ManifestInvalid, errors.SettingsInvalid)


def table() -> str:
    """A Markdown table: code, HTTP status, whether sending again may help."""
    known = vars(errors) | vars(refusals)
    found = [cls for cls in known.values() if isinstance(cls, type)]
    tree = [cls for cls in found if issubclass(cls, errors.SamovarError)]
    lines = ["| code | status | send again? | error name (direct door) |", "|---|---|---|---|"]
    for cls in tree:
        error = cls([]) if cls in _WITH_FAULTS else cls("")
        again = "yes, after `Retry-After`" if cls.retryable else "no"
        lines.append(f"| `{cls.code}` | {status_of(error)} | {again} | `{cls.__name__}` |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the current table between its marks."""
    return with_table(text, BEGIN, END, table())


def main() -> int:
    """Rewrite the page; 0 always."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
