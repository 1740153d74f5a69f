"""`samovar predict`: what INPUT may be, and what comes out."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run
from tests.cli.tiny_pictures import picture


def test_a_text_is_answered_with_bars_for_its_labels(samovar: Run) -> None:
    shown = samovar("predict", "mood", "great and good")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[0] == 'mood 1 · "great and good"'
    good, bad = shown.stdout.splitlines()[2:]
    assert good.split()[:3] == ["good", "98.2", "%"]
    assert good.count("█") > bad.count("█")
    assert shown.stderr == ""


def test_json_is_the_answer_of_predict_and_nothing_else(samovar: Run) -> None:
    shown = samovar("predict", "price", '{"row": {"rooms": 2, "area": 30}}', "--json")
    assert json.loads(shown.stdout) == {
        "id": "text",
        "model": "price",
        "version": "1",
        "value": 80.0,
        "unit": "EUR",
    }
    assert shown.stdout.count("\n") == 1


def test_a_version_can_be_chosen(samovar: Run) -> None:
    row = '{"row": {"x": [1, 2, 3]}}'
    newest = samovar("predict", "affine", row, "--json")
    first = samovar("predict", "affine", row, "--json", "--version", 1)
    assert json.loads(newest.stdout)["y"] == [4, 7, 10]
    assert json.loads(first.stdout)["y"] == [3, 5, 7]


def test_several_rows_are_a_table(samovar: Run) -> None:
    rows = '{"rows": [{"rooms": 1, "area": 2}, {"rooms": 3, "area": 50}]}'
    lines = samovar("predict", "price", rows).stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["row", "answer"],
        ["1", "14", "EUR"],
        ["2", "130", "EUR"],
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_is_known_by_its_bytes_whatever_its_name(
    samovar: Run, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "no-suffix"
    file.write_bytes(picture(250, kind))
    assert "bright" in samovar("predict", "shade", file).stdout.splitlines()[2]


@pytest.mark.parametrize(
    ("model", "name", "text"),
    [
        ("mood", "note.txt", "good"),
        ("mood", "note.md", "# good"),
        ("mood", "note.json", '{"text": "good"}'),
        ("mood", "notes.csv", "text\ngood\n"),
        ("price", "row.json", '{"row": {"rooms": 1, "area": 2}}'),
        ("price", "rows.csv", "rooms,area\n1,2\n"),
    ],
)
def test_a_file_is_sent_as_what_its_name_says(
    samovar: Run, tmp_path: Path, model: str, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    shown = samovar("predict", model, tmp_path / name)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith(f"{model} 1 · {name}\n")


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("mood", b"good"),
        ("mood", b'{"text": "good"}'),
        ("price", b'{"row": {"rooms": 1, "area": 2}}'),
        ("shade", picture(255)),
    ],
)
def test_a_dash_is_standard_input(samovar: Run, model: str, body: bytes) -> None:
    shown = samovar("predict", model, "-", stdin=body)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith(f"{model} 1 · stdin\n")


def test_the_media_type_can_be_said(samovar: Run) -> None:
    arguments = ("predict", "price", "-", "--content-type", "text/csv")
    assert "14 EUR" in samovar(*arguments, stdin=b"rooms,area\n1,2\n").stdout


def test_an_empty_text_and_a_very_long_one_are_texts(samovar: Run) -> None:
    assert samovar("predict", "mood", "").exit_code == 0
    assert samovar("predict", "mood", "good " * 5000).exit_code == 0


def test_a_text_that_looks_like_a_file_is_asked_about(samovar: Run) -> None:
    shown = samovar("predict", "mood", "notes.txt")
    assert shown.exit_code == 2
    assert "there is no file 'notes.txt'" in shown.stderr


def test_control_characters_of_an_answer_do_not_reach_the_terminal(samovar: Run) -> None:
    row = json.dumps({"row": {"text": ["\x1b[2Jgone\u202e"]}})
    assert "\x1b" not in samovar("predict", "echo", row).stdout
    assert "\u202e" not in samovar("predict", "echo", row).stdout


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder of two pictures, one broken picture, and what is none."""
    for name, body in {
        "shot10.png": picture(250),
        "shot2.jpg": picture(3, "JPEG"),
        "torn.png": picture(250)[:40],
        "notes.txt": b"no picture",
        ".hidden.png": picture(0),
    }.items():
        (tmp_path / name).write_bytes(body)
    return tmp_path


def test_a_folder_is_a_table_with_a_row_a_file_in_a_persons_order(
    samovar: Run, album: Path
) -> None:
    shown = samovar("predict", "shade", album)
    rows = [line.split()[:2] for line in shown.stdout.splitlines()]
    assert rows[1] == ["shot2.jpg", "dark"]
    assert rows[2] == ["shot10.png", "bright"]
    assert rows[3][0] == "torn.png"
    assert "notes.txt" not in shown.stdout


def test_a_file_that_is_refused_fails_the_folder_but_not_its_mates(
    samovar: Run, album: Path
) -> None:
    shown = samovar("predict", "shade", album, "--json")
    assert shown.exit_code == 3
    answers = {answer["id"]: answer for answer in map(json.loads, shown.stdout.splitlines())}
    assert answers["torn.png"]["code"] == "malformed_body"
    assert answers["shot2.jpg"]["label"] == "dark"
    assert set(answers) == {"shot2.jpg", "shot10.png", "torn.png"}


def test_a_folder_without_a_fitting_file_is_said_so(samovar: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture", "utf-8")
    shown = samovar("predict", "shade", tmp_path)
    assert shown.exit_code == 2
    assert "has no files that hold a picture" in shown.stderr


def test_a_label_is_written_below_its_picture(samovar: Run, album: Path, tmp_path: Path) -> None:
    target = tmp_path / "drawn.png"
    shown = samovar("predict", "shade", album / "shot2.jpg", "--save-picture", target)
    assert f"drawn on {target}" in shown.stdout
    with Image.open(target) as drawn:
        assert drawn.height > drawn.width * 8 / 12


def test_a_folder_of_pictures_is_drawn_into_a_folder(
    samovar: Run, album: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("drawn")
    samovar("predict", "shade", album, "--save-picture", target)
    assert {path.name for path in target.iterdir()} == {"shot2.jpg", "shot10.png"}
    refused = samovar("predict", "shade", album, "--save-picture", target / "one.png")
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    ("model", "given", "name", "said"),
    [
        ("price", '{"row": {"rooms": 1, "area": 2}}', "x.png", "neither boxes nor a label"),
        ("mood", "good", "x.png", "no picture to draw on"),
        ("shade", None, "x.nonsense", "cannot be written"),
    ],
)
def test_what_cannot_be_drawn_is_a_fault_of_the_command(
    samovar: Run, album: Path, model: str, given: str | None, name: str, said: str
) -> None:
    source = given or album / "shot2.jpg"
    shown = samovar("predict", model, source, "--save-picture", album / "out" / name)
    assert shown.exit_code == 2
    assert said in " ".join(shown.stderr.split())
