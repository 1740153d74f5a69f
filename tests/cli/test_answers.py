"""An answer as a terminal and a picture show it, whatever a model answers."""

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from rich.console import Console
from samovar_cli.answers import show, table_of, title
from samovar_cli.drawings import View
from samovar_cli.picture import save_picture
from samovar_cli.summaries import summary
from samovar_cli.terminal import bar, clean, percent, size

from tests.cli.tiny_pictures import picture

FIELDS = [
    "label", "score", "probabilities", "labels", "text", "lines", "boxes", "segments",
    "speech_seconds", "embedding", "value", "unit", "predictions", "other", "id",
]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=30)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["label", "score", "text", "box", "start", "end"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
ANSWERS = st.dictionaries(st.sampled_from([f for f in FIELDS if f != "predictions"]), VALUES)


def shown(answer: dict[str, Any], view: View | None = None, width: int = 80) -> list[str]:
    """The lines on a terminal of so many columns."""
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False, emoji=False)
    console.print(show(answer, view or View()))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO


@given(ANSWERS)
def test_any_answer_can_be_shown_within_80_columns(answer: dict) -> None:
    assert all(cell_len(line) <= 80 for line in shown(answer))
    assert "\n" not in summary(answer)


@given(st.lists(ANSWERS, max_size=5))
def test_any_answers_can_be_a_table(answers: list) -> None:
    table_of("row", [(str(at), answer) for at, answer in enumerate(answers)])
    shown({"predictions": answers})


@given(ANSWERS)
def test_any_answer_can_be_drawn_or_is_refused(answer: dict) -> None:
    with contextlib.suppress(typer.BadParameter):
        save_picture(picture(200), answer, Path("/dev/full/never.png"))


def test_the_best_labels_are_shown_and_the_rest_counted() -> None:
    entries = [{"label": f"class {n}", "score": (9 - n) / 45} for n in range(9)]
    answer = {"label": "class 0", "score": 0.2, "probabilities": entries}
    lines = shown(answer, View(top=3))
    assert len(lines) == 5
    assert lines[-1].strip() == "… 6 more"


def test_a_label_that_is_not_among_the_probabilities_is_shown_first() -> None:
    unsure = {"label": "txt", "score": 0.4, "probabilities": [{"label": "c", "score": 0.4}]}
    assert shown(unsure)[1].split()[0] == "txt"
    none = {"label": None, "score": 0.4, "probabilities": [{"label": "c", "score": 0.4}]}
    assert shown(none)[1].strip().startswith("no label")


def test_probabilities_of_a_model_without_steps_are_shown_as_they_are() -> None:
    lines = shown({"label": 2, "probabilities": [0.1, 0.9]})
    assert any("[0.1, 0.9]" in line for line in lines)
    assert any(line.split() == ["2"] for line in lines)


def test_lines_of_a_page_come_with_their_boxes() -> None:
    box = [[10.0, 20.0], [60.0, 20.0], [60.0, 40.0], [10.0, 40.0]]
    answer = {"text": "Total", "lines": [{"text": "Total", "score": 0.98, "box": box}]}
    assert shown(answer)[1].split() == ["1", "Total", "98.0", "%", "10,20", "–", "60,40"]
    assert shown({"text": "", "lines": []})[0].strip() == "no text was found"


def test_speech_is_a_timeline_over_the_whole_sound() -> None:
    answer = {"segments": [{"start": 1.0, "end": 2.0}], "speech_seconds": 1.0, "score": 0.9}
    line, total, *_ = shown(answer, View(seconds=4.0))
    bars = line.strip().removeprefix("0 ").removesuffix(" 4.0 s")
    assert bars == "─" * 15 + "█" * 15 + "─" * 30
    assert total.strip() == "1.00 s of speech in 4.00 s"
    assert shown({"segments": []})[0].strip() == "no speech was found"


def test_a_vector_is_shortened_with_its_norm() -> None:
    line = shown({"embedding": [0.6, 0.8, *[0.0] * 382]})[0].strip()
    assert line == "[0.6000, 0.8000, 0.0000, 0.0000, 0.0000, …] 384 numbers, norm 1.0000"


def test_a_value_has_its_unit() -> None:
    assert shown({"value": 5434.31, "unit": "g"})[0].strip() == "5434.31 g"
    assert shown({"value": None, "unit": "g"})[0].strip() == "no value g"


def test_boxes_are_drawn_where_they_are(tmp_path: Path) -> None:
    source = io.BytesIO()
    Image.new("RGB", (200, 120), "white").save(source, "PNG")
    answer = {
        "boxes": [{"label": "cup", "score": 0.9, "box": [20, 30, 120, 90]}],
        "lines": [{"text": "中文", "box": [[130, 30], [180, 30], [180, 90], [130, 90]]}],
    }
    save_picture(source.getvalue(), answer, tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.size == (200, 120)
        assert drawn.getpixel((20, 60)) != (255, 255, 255)
        assert drawn.getpixel((130, 60)) != (255, 255, 255)
        assert drawn.getpixel((70, 60)) == (255, 255, 255)


def test_a_picture_is_drawn_on_as_its_exif_turns_it(tmp_path: Path) -> None:
    source, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20), "white").save(source, "JPEG", exif=exif.tobytes())
    save_picture(source.getvalue(), {"lines": []}, tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.size == (20, 40)


def test_a_title_is_one_line_whatever_was_sent() -> None:
    said = title({"model": "m", "version": "1"}, "a\nb\x1b[0m" + "long " * 40).plain
    assert said.startswith("m 1 · a b")
    assert len(said) < 80
    assert "\x1b" not in said


@given(st.text())
def test_cleaned_text_is_printable_and_of_the_same_length(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert all(char.isprintable() or char in "\n\u200c\u200d" for char in cleaned)
    cleaned.encode()


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_grows_with_its_share_and_fits(share: float, width: int) -> None:
    assert len(bar(share, width)) <= width
    assert bar(0, width) == ""
    assert bar(1, width) == "█" * width


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (22_800_000, "23 MB"), (999_600, "1.0 MB"),
     (5 * 10**12, "5000 GB")],
)  # fmt: skip
def test_sizes_are_short(count: int, said: str) -> None:
    assert size(count) == said


def test_a_share_is_said_in_per_cent_and_never_as_nothing() -> None:
    assert [percent(share) for share in (0, 1e-9, 0.5, 1)] == [
        "0.0 %",
        "<0.1 %",
        "50.0 %",
        "100.0 %",
    ]
