"""What a run found, as JSON and as Markdown."""

from collections.abc import Mapping
from typing import Any

from benchmarks.interleave import Series, median, spread
from benchmarks.suite import Measured, Outcome, Suite

Found = Mapping[str, Any]
"""What the JSON holds."""


def suite_json(suite: Suite, outcome: Measured | Outcome, seconds: float) -> Found:
    """One suite: its rows with their floors, and its targets beside what was measured."""
    whole = outcome if isinstance(outcome, Outcome) else Outcome(outcome)
    return {
        "says": suite.says,
        "seconds": round(seconds, 1),
        "rows": {row: _row(suite, row, whole.rows) for row in whole.rows},
        "targets": [target.found(whole.rows) for target in suite.targets],
        "phases": whole.phases,
        "notes": whole.notes,
    }


def _row(suite: Suite, row: str, measured: Measured) -> dict[str, Any]:
    floor = suite.floor(row, measured)
    ratio = median(measured[row]) / median(measured[floor]) if floor else None
    return {**measured[row].as_json(), "floor": floor, "ratio": ratio}


def markdown(found: Found) -> str:
    """The whole report: the targets first, then a table a suite."""
    machine = " · ".join(f"{k}: {v}" for k, v in found["machine"].items())
    lines = ["# Measured", "", machine, "", *_targets(found)]
    for name, suite in found["suites"].items():
        lines += ["", f"## {name}", "", suite["says"], "", *rows(suite)]
        lines += phases(suite)
        lines += [f"\n{note}" for note in suite["notes"]]
    return "\n".join(lines) + "\n"


def _targets(found: Found) -> list[str]:
    wanted = [target for suite in found["suites"].values() for target in suite["targets"]]
    return ["## Targets", "", *target_rows(wanted)] if wanted else []


def target_rows(targets: list[Found]) -> list[str]:
    """A Markdown table: what was wanted, what was measured, and whether it is met."""
    lines = ["| | target | measured | met |", "|---|---:|---:|:---:|"]
    for target in targets:
        unit = target["unit"]
        wanted = f"{target['wanted']} {unit}".rstrip()
        lines.append(f"| {target['says']} | {wanted} | {figure(target)} | {_mark(target)} |")
    return lines


def figure(target: Found) -> str:
    """A target's value with its unit, in about three digits."""
    if target["value"] is None:
        return "not measured"
    return f"{digits(target['value'])} {target['unit']}".rstrip()


def _mark(target: Found) -> str:
    return {True: "yes", False: "**no**", None: "–"}[target["met"]]


def rows(suite: Found) -> list[str]:
    """A Markdown table of a suite's rows: median, spread, CPU where known, ratio to the floor."""
    with_cpu = any(row.get("cpu_median_s") for row in suite["rows"].values())
    head = ["", "median", "p10 – p90", *(["CPU"] if with_cpu else []), "× floor"]
    lines = ["| " + " | ".join(head).strip() + " |", "|---|" + "---:|" * (len(head) - 1)]
    for name, row in suite["rows"].items():
        cells = [name, *_cells(row)]
        if with_cpu:
            cells.append(_time(row.get("cpu_median_s")))
        ratio = row["ratio"]
        cells.append("" if ratio is None else f"{ratio:.2f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def phases(suite: Found) -> list[str]:
    """A Markdown table of the phases of rows, in milliseconds; nothing where there are none."""
    found = suite["phases"]
    if not found:
        return []
    fullest_first = sorted(found.values(), key=len, reverse=True)
    names = list(dict.fromkeys(name for one in fullest_first for name in one))
    lines = ["", f"| phases, ms | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for row, one in found.items():
        cells = [digits(one[name] * 1e3) if name in one else "" for name in names]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


def _cells(row: Found) -> tuple[str, str]:
    if "median_s" in row:
        unit, scale = time_unit(row["median_s"])
        middle, low, high = (row[key] * scale for key in ("median_s", "p10_s", "p90_s"))
    else:
        unit, (middle, low, high) = row["unit"], (row[key] for key in ("median", "p10", "p90"))
    return f"{digits(middle)} {unit}".rstrip(), f"{digits(low)} – {digits(high)}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    unit, scale = time_unit(seconds)
    return f"{digits(seconds * scale)} {unit}"


def time_unit(seconds: float) -> tuple[str, float]:
    """The unit that such a time is told in, and how many of it are in a second."""
    if seconds > 2:
        return "s", 1.0
    return ("ms", 1e3) if seconds >= 0.002 else ("µs", 1e6)


def digits(value: float) -> str:
    """A number in three digits, or in whole ones where it has more."""
    if abs(value) >= 100 or abs(value - round(value)) < 1e-9:
        return f"{value:,.0f}"
    places = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:.{places}f}"


def values_of(series: Series) -> tuple[float, float, float]:
    """Median, first and ninth decile."""
    return (median(series), *spread(series.values))
