"""docs/images/performance.svg, drawn from benchmarks/results/latest.json.

`python -m tools.performance_picture` draws it; a test holds that it is current. It has its
own ground, and follows the reader's light or dark.
"""

import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.cold_processes import ANSWER, IMPORTS, OPEN, OWN, START
from benchmarks.report import digits
from tools.bar_charts import LEFT, WIDTH, Bar, Chart, document, text
from tools.generated import DOCS
from tools.performance_pages import latest
from tools.performance_tables import Found

PICTURE = DOCS / "images" / "performance.svg"
_LEFT_OUT = ("canned answer", "bare handler, default session", "MLServer, no worker pool")
"""Rows of the table that are no server one would choose."""
_COLOURS = {START: "start", IMPORTS: "imports", OWN: "own", OPEN: "open", ANSWER: "answer"}


def cold(found: Found, model: str, heading: str) -> Chart:
    """Process start to first answer, its phases one after the other."""
    suite = found["suites"]["cold"]
    names = {
        f"infer function, {model}": "samovar’s function",
        f"bare script, {model}": "a bare script",
        f"FastAPI + Mangum + boto3 function, {model}": "FastAPI + Mangum + boto3",
    }
    bars = [
        Bar(said, _pieces(suite, row), f"{suite['rows'][row]['median_s'] * 1e3:,.0f} ms", not at)
        for at, (row, said) in enumerate(names.items())
    ]
    return Chart(heading, bars, WIDTH - 2 * LEFT)


def _pieces(suite: Found, row: str) -> Mapping[str, float]:
    """The phases, stretched to the median of the whole."""
    whole, phases = suite["rows"][row]["median_s"], suite["phases"][row]
    if not phases:
        return {"start": whole}
    scale = whole / sum(phases.values())
    return {_COLOURS[name]: phases[name] * scale for name in _COLOURS if name in phases}


def requests(found: Found, width: float) -> Chart:
    """Requests a second over HTTP of the small model, 8 at once."""
    suffix = ", digits, 8 at once"
    rows = {
        name.removesuffix(suffix): row["median"]
        for name, row in found["suites"]["http"]["rows"].items()
        if name.endswith(suffix) and name.removesuffix(suffix) not in _LEFT_OUT
    }
    ordered = sorted(rows.items(), key=lambda item: -item[1])
    bars = [_plain(name, rate, digits(rate)) for name, rate in ordered]
    return Chart("Requests a second over HTTP, a small model", bars, width, 168)


def beside(found: Found, width: float) -> Chart:
    """What a request of a small tensor costs beside the model's own run."""
    rows, less = found["suites"]["hot_path"]["rows"], ", less session.run"
    names = {
        "hand-written handler": "by hand, no checks",
        "hot door, JSON": "samovar’s hot door",
        "Powertools": "Powertools’ resolver",
        "FastAPI + Mangum": "FastAPI + Mangum",
    }
    bars = [
        _plain(said, value, f"{digits(value * 1e6)} µs")
        for name, said in names.items()
        if (value := rows.get(f"{name}{less}", {}).get("median_s"))
    ]
    return Chart("A request, less the model’s own run", bars, width, 158)


def memory(found: Found, width: float) -> Chart:
    """What eight processes with one model have together."""
    rows = found["suites"]["memory"]["rows"]
    names = {
        "default sessions, minilm": "default sessions",
        "samovar, minilm": "samovar, mapped",
        "imports alone": "imports alone",
    }
    bars = [
        _plain(said, rows[name]["median"], f"{rows[name]['median']:,.0f} MB")
        for name, said in names.items()
    ]
    return Chart("Memory of 8 processes with the 90 MB encoder", bars, width, 158)


def _plain(name: str, value: float, said: str) -> Bar:
    ours = "samovar" in name
    return Bar(name, {"ours" if ours else "theirs": value}, said, ours)


def picture(found: Found) -> str:
    """The whole drawing."""
    first = cold(found, "minilm", "Process start to first answer: a text encoder of 90 MB, float32")
    second = cold(found, "minilm-small", "The same in eight bits, 24 MB")
    longest = max(bar.whole for chart in (first, second) for bar in chart.bars)
    half = (WIDTH - 3 * LEFT) / 2
    columns = [[requests(found, half)], [beside(found, half), memory(found, half)]]
    lines, top = first.drawn(LEFT, 24, longest), 24 + first.height
    lines += second.drawn(LEFT, top, longest)
    top += second.height
    lines += _legend(top)
    top += 44
    for number, charts in enumerate(columns):
        at = top
        for chart in charts:
            lines += chart.drawn(LEFT + number * (half + LEFT), at)
            at += chart.height
    top += max(sum(chart.height for chart in charts) for charts in columns)
    lines.append(text(LEFT, top + 14, _where(found), "t"))
    return document(
        "Bars: process start to first answer, requests a second, what a request costs, memory.",
        lines,
        top + 36,
    )


def _legend(top: float) -> list[str]:
    lines, at = [], float(LEFT)
    for name, kind in _COLOURS.items():
        lines.append(
            f'<rect class="{kind}" x="{at:.1f}" y="{top:.1f}" width="12" height="12" rx="2"/>'
        )
        lines.append(text(at + 18, top + 11, name, "t"))
        at += 40 + 7.1 * len(name)
    return lines


def _where(found: Found) -> str:
    on: Mapping[str, Any] = found["machine"]
    return (
        f"{on['cores']} cores, {on['cpu']} · onnxruntime {on['onnxruntime']} · "
        f"Python {on['python']} · {on['date']} · medians, measured in turns"
    )


def main() -> int:
    """Draw it; 0 always."""
    PICTURE.write_text(picture(latest()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
