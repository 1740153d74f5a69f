"""The tables of docs/performance.md, from what a run of the benchmarks found."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import report
from benchmarks.report import digits, time_unit

Found = Mapping[str, Any]
Table = list[str]
_BESIDE = ", less session.run"


def table(name: str, found: Found) -> str:
    """A Markdown table by its name: one of TABLES, or a suite's rows."""
    if special := TABLES.get(name.partition(" ")[0]):
        return "\n".join(special(found, *name.split()[1:]))
    suite = found["suites"][name]
    return "\n".join([*report.rows(suite), *report.phases(suite)])


def targets(found: Found, *suites: str) -> Table:
    """What was wanted and what was measured, of some suites or of all."""
    wanted = [one for name in suites or found["suites"] for one in found["suites"][name]["targets"]]
    return report.target_rows(wanted)


def missed(found: Found) -> Table:
    """What was wanted and not reached; a line that says so when there is nothing."""
    wanted = [one for suite in found["suites"].values() for one in suite["targets"]]
    left = [one for one in wanted if not one["met"]]
    return report.target_rows(left) if left else ["Every target was reached."]


def opening(found: Found) -> Table:
    """A model a line: plain, and as samovar opens it."""
    rows = found["suites"]["load"]["rows"]
    whats = ("warm", "evicted", "a later run")
    models = dict.fromkeys(row.split(", ")[1] for row in rows)
    heads = [f"{what}: {way}" for what in whats for way in ("plain", "samovar")]
    return _grid(
        ["", *heads],
        [
            [model, *(_time(rows[f"{way}, {model}, {what}"]) for what in whats for way in _WAYS)]
            for model in models
        ],
    )


def a_request(found: Found) -> Table:
    """A handler a line: the whole of a request, and what it is without the run."""
    rows = found["suites"]["hot_path"]["rows"]
    names = [row for row in rows if not row.endswith(_BESIDE)]
    lines = [
        [
            name,
            _time(rows[name]),
            _time(rows.get(name + _BESIDE)),
            _time_of(rows[name], "cpu_median_s"),
        ]
        for name in names
    ]
    return _grid(["", "a request", "less `session.run`", "CPU"], lines)


def servers(found: Found, model: str) -> Table:
    """A server a line: requests a second and latency at 1 and at 8 connections, CPU, memory."""
    rows = found["suites"]["http"]["rows"]
    end = f", {model}, 8 at once"
    names = [row.removesuffix(end) for row in rows if row.endswith(end)]
    lines = [
        _server(name, rows[f"{name}, {model}, 1 at once"], rows[f"{name}{end}"])
        for name in sorted(names, key=lambda name: -rows[f"{name}{end}"]["median"])
    ]
    head = ["", "req/s, 1 at once", "p50", "req/s, 8 at once", "p50", "CPU a request", "memory"]
    return _grid(head, lines)


def _server(name: str, one: Found, eight: Found) -> Sequence[str]:
    return [
        name,
        digits(one["median"]),
        _time_of(one, "latency_p50_s"),
        digits(eight["median"]),
        _time_of(eight, "latency_p50_s"),
        _time_of(eight, "cpu_median_s"),
        f"{eight['pss_mb']:,.0f} MB",
    ]


def _time(row: Found | None) -> str:
    return _time_of(row, "median_s") if row else ""


def _time_of(row: Found, key: str) -> str:
    seconds = row[key]
    if seconds is None:
        return ""
    unit, scale = time_unit(seconds)
    return f"{digits(seconds * scale)} {unit}"


def _grid(head: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    ruler = "|---|" + "---:|" * (len(head) - 1)
    return [
        "| " + " | ".join(head).strip() + " |",
        ruler,
        *("| " + " | ".join(line) + " |" for line in lines),
    ]


_WAYS = ("plain .onnx", "samovar")
TABLES: Mapping[str, Callable[..., Table]] = {
    "targets": targets,
    "missed": missed,
    "opening": opening,
    "request": a_request,
    "servers": servers,
}
