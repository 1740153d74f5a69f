"""Pages of print, drawn with the font that Pillow carries, and what the reference reads on them.

`ocr_reference.json` is what rapidocr-onnxruntime 1.4.4 (OpenCV, pyclipper, shapely) read on
these same pages with its own settings, but `max_side_len` 1600: [box, text, score] a line.
Written by `python -m tests.data.pages` in an environment that has it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

REFERENCE = Path(__file__).with_name("ocr_reference.json")
WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "Paris",
    "London",
    "Oslo",
    "2024",
    "1984",
    "57%",
    "$3.99",
    "(note)",
    "[12]",
    "#7",
    "Hello,",
    "World!",
    "http://example.com",
    "user@host.org",
    "Total:",
    "1,284.50",
    "EUR",
    "No.",
    "2026-0417",
]


def _print(size: tuple[int, int], lines: int, letters: int, colours: tuple[str, str]) -> Any:
    ground, ink = colours
    page = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(page)
    random = np.random.default_rng(lines)
    font = ImageFont.load_default(letters)
    for line in range(lines):
        text = "  ".join(random.choice(WORDS, 4))
        pen.text((24, 20 + line * letters * 2), text, ink, font)
    return page


def pages() -> dict[str, Any]:
    """RGB pages by name."""
    plain = _print((760, 560), 9, 28, ("white", "black"))
    columns = Image.new("RGB", (1500, 560), "white")
    columns.paste(plain, (0, 0))
    columns.paste(_print((740, 560), 10, 26, ("white", "black")), (760, 0))
    noise = np.random.default_rng(0).normal(0, 20, (560, 760, 3))
    return {
        "plain": plain,
        "dark": _print((700, 420), 8, 24, ("#10203a", "#e8e0a0")),
        "small print": _print((420, 260), 9, 13, ("white", "black")),
        "large": plain.resize((2280, 1680), Image.Resampling.BICUBIC),
        "columns": columns,
        "tilted": plain.rotate(5, Image.Resampling.BICUBIC, expand=True, fillcolor="white"),
        "upside down": plain.rotate(180),
        "noisy": Image.fromarray((np.asarray(plain) + noise).clip(0, 255).astype(np.uint8)),
        "strip": _print((900, 60), 1, 28, ("white", "navy")),
        "blank": Image.new("RGB", (300, 200), "white"),
    }


def reference() -> dict[str, list[tuple[list[list[float]], str, float]]]:
    """What was read on each page."""
    found: dict[str, Any] = json.loads(REFERENCE.read_bytes())
    return found


def _record() -> None:
    from rapidocr_onnxruntime import RapidOCR  # type: ignore[import-not-found] # not ours

    engine = RapidOCR(max_side_len=1600, intra_op_num_threads=1)
    read = {}
    for name, page in pages().items():
        lines = engine(np.ascontiguousarray(np.asarray(page)[:, :, ::-1]))[0] or []
        read[name] = [
            [np.round(box, 1).tolist(), text, round(float(score), 4)] for box, text, score in lines
        ]
    REFERENCE.write_text(json.dumps(read, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    _record()
