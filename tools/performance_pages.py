"""Measured figures in the pages, written from benchmarks/results/latest.json.

`python -m tools.performance_pages` rewrites the pages in place; a test holds that they are
current. In a page,

    <!-- measured: NAME --> … <!-- end of measured -->      is a table of `performance_tables`
    <!--= FIGURE -->…<!--/-->                               is a figure in a sentence

where FIGURE is the key of a target, `SUITE · ROW` for a median, `SUITE · ROW · ratio` for its
ratio to the floor, `SUITE · ROW · PHASE` for a phase, `machine · FIELD`, or
`count · met|missed|wanted`; `| whole` and `| times` after it round more coarsely.
"""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from benchmarks import report
from tools.generated import DOCS
from tools.performance_tables import Found, table

LATEST = DOCS.parent / "benchmarks" / "results" / "latest.json"
PAGES = (DOCS / "performance.md", DOCS.parent / "README.md")
_TABLE = re.compile(r"(<!-- measured: (.+?) -->\n)(?:.*?)(<!-- end of measured -->)", re.DOTALL)
_FIGURE = re.compile(r"(<!--= (.+?) -->)(?:.*?)(<!--/-->)", re.DOTALL)
_ROUNDED: Mapping[str, Callable[[float], str]] = {
    "": report.digits,
    "whole": lambda value: f"{value:,.0f}",
    "tenths": lambda value: f"{value:.1f}",
    "percent": lambda value: f"{value:.0%}".replace("%", " %"),
}


def latest() -> Found:
    """What the last full run found."""
    found: Found = orjson.loads(LATEST.read_bytes())
    return found


def page(text: str, found: Found) -> str:
    """The page with the current tables and figures. Raises KeyError on a name that is none."""
    text = _TABLE.sub(lambda match: f"{match[1]}\n{table(match[2], found)}\n\n{match[3]}", text)
    return _FIGURE.sub(lambda match: f"{match[1]}{figure(match[2], found)}{match[3]}", text)


def figure(asked: str, found: Found) -> str:
    """One figure, rounded as it is asked for."""
    path, _, rounding = (part.strip() for part in asked.partition("|"))
    value = _value(path.split(" · "), found)
    if isinstance(value, str):
        return value
    if rounding in ("ms", "µs"):
        return f"{report.digits(value * (1e3 if rounding == 'ms' else 1e6))} {rounding}"
    return _ROUNDED[rounding](value)


def _value(path: list[str], found: Found) -> Any:
    if path[0] == "machine":
        return found["machine"][path[1]]
    if path[0] == "count":
        return len(_met(found, path[1]))
    if len(path) == 1:
        return _target(path[0], found)["value"]
    suite, row, *rest = path
    if not rest:
        kept = found["suites"][suite]["rows"][row]
        return kept.get("median_s", kept.get("median"))
    if rest[0] in found["suites"][suite]["phases"].get(row, {}):
        return found["suites"][suite]["phases"][row][rest[0]]
    return found["suites"][suite]["rows"][row][rest[0]]


def _met(found: Found, which: str) -> list[Found]:
    fits = {"met": (True,), "missed": (False, None), "wanted": (True, False, None)}[which]
    return [one for one in _targets(found) if one["met"] in fits]


def _target(key: str, found: Found) -> Found:
    matching = [one for one in _targets(found) if one["key"] == key]
    if not matching or matching[0]["value"] is None:
        raise KeyError(f"no target {key} was measured")
    return matching[0]


def _targets(found: Found) -> list[Found]:
    return [one for suite in found["suites"].values() for one in suite["targets"]]


def main() -> int:
    """Rewrite the pages; 0 always."""
    found = latest()
    for path in PAGES:
        path.write_text(page(path.read_text("utf-8"), found), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
