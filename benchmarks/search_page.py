"""What was found by meaning, as a page of tables."""

from typing import Any

Row = dict[str, Any]

_ABOUT = (
    "{pairs} questions, each the first sentence of a function's documentation, and {pairs} "
    "documents, what follows it: {passages} passages of {model}, read in {read_s} s."
)


def report(found: Row) -> str:
    """Tables in Markdown."""
    said = " · ".join(f"{key}: {value}" for key, value in found["machine"].items())
    lines = [
        "# search",
        "",
        said,
        "",
        _ABOUT.format_map(found),
        "",
        *_table("", found["ways"]),
        "",
        "Fewer dimensions: the first numbers of each vector, at length 1 again.",
        "",
        *_table("dimensions", found["dimensions"]),
        "",
        f"Fewer bytes; the time is one search's among {found['timed_rows']} rows.",
        "",
        *_table("precision", found["precisions"]),
    ]
    return "\n".join([*lines, ""])


_COLUMNS = {
    "first": ("first", "{:.1%}"),
    "in_ten": ("among ten", "{:.1%}"),
    "mrr_at_10": ("MRR@10", "{:.3f}"),
    "same_of_ten": ("of the exact ten", "{:.1%}"),
    "off_max": ("a score is off by", "{:.5f}"),
    "bytes": ("bytes a passage", "{:.0f}"),
    "ms": ("search, ms", "{:.1f}"),
}


def _table(head: str, rows: Row) -> list[str]:
    names = list(next(iter(rows.values())))
    lines = [
        f"| {head} | {' | '.join(_COLUMNS[name][0] for name in names)} |",
        f"|---|{'---:|' * len(names)}",
    ]
    for key, row in rows.items():
        cells = [_COLUMNS[name][1].format(row[name]) for name in names]
        lines.append(f"| {key} | {' | '.join(cells)} |")
    return lines
