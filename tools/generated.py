"""A table in a page, written from the code between two marks."""

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def with_table(text: str, begin: str, end: str, table: str) -> str:
    """The page with the current table between its marks."""
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
