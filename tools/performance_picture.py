"""docs/images/performance.svg, drawn from benchmarks/results/latest.json.

`python -m tools.performance_picture` draws it; a test holds that it is current. It has its
own ground, and follows the reader's light or dark.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from benchmarks.cold_processes import ANSWER, IMPORTS, OPEN, OWN, START
from benchmarks.report import digits
from tools.generated import DOCS
from tools.performance_pages import latest
from tools.performance_tables import Found

PICTURE = DOCS / "images" / "performance.svg"
WIDTH = 960
_LEFT, _LABEL, _BAR, _STEP = 32, 216, 16, 26
_LEFT_OUT = ("canned answer", "MLServer, no worker pool")
"""Rows of the table that are no server one would choose."""
_COLOURS = {START: "start", IMPORTS: "imports", OWN: "own", OPEN: "open", ANSWER: "answer"}
_STYLE = """
    .ground { fill: #f6f8fa } .h { font-size: 16px; font-weight: 600; fill: #1f2328 }
    .t { font-size: 13px; fill: #57606a } .n { font-size: 13px; fill: #1f2328 }
    .us { font-weight: 600; fill: #1f2328 } .e { text-anchor: end }
    .start { fill: #8c959f } .imports { fill: #2f81c7 } .own { fill: #d9822b }
    .open { fill: #8250df } .answer, .ours { fill: #2da44e } .theirs { fill: #a5b0bb }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #161b22 } .h, .n, .us { fill: #e6edf3 } .t { fill: #9198a1 }
      .start { fill: #6e7681 } .imports { fill: #4f9fe0 } .own { fill: #e09b4a }
      .open { fill: #a47bf0 } .answer, .ours { fill: #3fb950 } .theirs { fill: #57606a }
    }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: its name, its pieces (class → length), and what stands behind it."""

    name: str
    pieces: Mapping[str, float]
    said: str
    ours: bool = False

    @property
    def whole(self) -> float:
        """Its length."""
        return sum(self.pieces.values())


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars under a heading, as wide as `width`, the longest of them to its end."""

    heading: str
    bars: Sequence[Bar]
    width: float
    label: float = _LABEL

    @property
    def height(self) -> float:
        """With its heading, and the space after it."""
        return 34 + _STEP * len(self.bars) + 12

    def drawn(self, left: float, top: float, longest: float = 0.0) -> list[str]:
        """Its elements."""
        scale = (self.width - self.label - 84) / (longest or max(bar.whole for bar in self.bars))
        lines = [_text(left, top + 16, self.heading, "h")]
        for number, bar in enumerate(self.bars):
            lines += _bar(bar, left + self.label, top + 34 + number * _STEP, scale)
        return lines


def _bar(bar: Bar, left: float, top: float, scale: float) -> list[str]:
    name = "n us e" if bar.ours else "t e"
    lines, at = [_text(left - 10, top + 13, bar.name, name)], left
    for kind, length in bar.pieces.items():
        wide = max(length * scale, 0.5)
        box = f'x="{at:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{_BAR}"'
        lines.append(f'<rect class="{kind}" {box}/>')
        at += wide
    return [*lines, _text(at + 8, top + 13, bar.said, "n us" if bar.ours else "n")]


def _text(x: float, y: float, said: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>'


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
    return Chart(heading, bars, WIDTH - 2 * _LEFT)


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
    half = (WIDTH - 3 * _LEFT) / 2
    columns = [[requests(found, half)], [beside(found, half), memory(found, half)]]
    lines, top = first.drawn(_LEFT, 24, longest), 24 + first.height
    lines += second.drawn(_LEFT, top, longest)
    top += second.height
    lines += _legend(top)
    top += 44
    for number, charts in enumerate(columns):
        at = top
        for chart in charts:
            lines += chart.drawn(_LEFT + number * (half + _LEFT), at)
            at += chart.height
    top += max(sum(chart.height for chart in charts) for charts in columns)
    lines.append(_text(_LEFT, top + 14, _where(found), "t"))
    return _document(lines, top + 36)


def _legend(top: float) -> list[str]:
    lines, at = [], float(_LEFT)
    for name, kind in _COLOURS.items():
        lines.append(
            f'<rect class="{kind}" x="{at:.1f}" y="{top:.1f}" width="12" height="12" rx="2"/>'
        )
        lines.append(_text(at + 18, top + 11, name, "t"))
        at += 40 + 7.1 * len(name)
    return lines


def _where(found: Found) -> str:
    on: Mapping[str, Any] = found["machine"]
    return (
        f"{on['cores']} cores, {on['cpu']} · onnxruntime {on['onnxruntime']} · "
        f"Python {on['python']} · {on['date']} · medians, measured in turns"
    )


def _document(lines: Sequence[str], height: float) -> str:
    said = "Bars: process start to first answer, requests a second, and what a request costs."
    view = f'viewBox="0 0 {WIDTH} {height:.0f}"'
    fonts = "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {view} {fonts} role="img" aria-label="{said}">'
    ground = f'<rect class="ground" width="{WIDTH}" height="{height:.0f}" rx="14"/>'
    body = "\n  ".join([f"<style>{_STYLE}  </style>", ground, *lines])
    return f"{head}\n  {body}\n</svg>\n"


def main() -> int:
    """Draw it; 0 always."""
    PICTURE.write_text(picture(latest()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
