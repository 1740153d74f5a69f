"""Charts of bars as SVG, on their own ground, in the reader's light or dark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT = 960, 32
_LABEL, _BAR, _STEP = 216, 16, 26
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
        lines = [text(left, top + 16, self.heading, "h")]
        for number, bar in enumerate(self.bars):
            lines += _bar(bar, left + self.label, top + 34 + number * _STEP, scale)
        return lines


def _bar(bar: Bar, left: float, top: float, scale: float) -> list[str]:
    name = "n us e" if bar.ours else "t e"
    lines, at = [text(left - 10, top + 13, bar.name, name)], left
    for kind, length in bar.pieces.items():
        wide = max(length * scale, 0.5)
        box = f'x="{at:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{_BAR}"'
        lines.append(f'<rect class="{kind}" {box}/>')
        at += wide
    return [*lines, text(at + 8, top + 13, bar.said, "n us" if bar.ours else "n")]


def text(x: float, y: float, said: str, kind: str) -> str:
    """A line of text that starts at a point, or ends there when its class says so."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>'


def document(said: str, lines: Sequence[str], height: float) -> str:
    """The whole drawing; `said` is for those who do not see it."""
    view = f'viewBox="0 0 {WIDTH} {height:.0f}"'
    fonts = "font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {view} {fonts} role="img" aria-label="{said}">'
    ground = f'<rect class="ground" width="{WIDTH}" height="{height:.0f}" rx="14"/>'
    body = "\n  ".join([f"<style>{_STYLE}  </style>", ground, *lines])
    return f"{head}\n  {body}\n</svg>\n"
