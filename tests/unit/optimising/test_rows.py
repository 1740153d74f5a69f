"""A file of rows is read whole or refused with the line of each fault."""

from pathlib import Path

import orjson
import pytest
from samovar.errors import InvalidInput
from samovar.types import InputSpec, Kind, ModelSpec
from samovar_cli.optimising.evaluation import Rows, read_rows

TEXTS = ModelSpec("m", input=InputSpec(Kind.TEXT))
BIRDS = ModelSpec("m", input=InputSpec(Kind.ROWS, ("island", "mass_g")))
PICTURES = ModelSpec("m", input=InputSpec(Kind.IMAGE))


def read(tmp_path: Path, name: str, text: str, spec: ModelSpec, *truths: str) -> Rows:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_rows(path, spec, truths)


def faults(tmp_path: Path, name: str, text: str, spec: ModelSpec, *truths: str) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, name, text, spec, *truths)
    return refusal.value.message.split("\n")


def bodies(rows: Rows) -> list[object]:
    return [orjson.loads(payload.body) for payload in rows.payloads]


def test_a_csv_is_a_request_a_row_and_its_truth(tmp_path: Path):
    text = '﻿text,label\r\n"two\r\nlines",High\r\n\r\nlast,Low\r\n'
    found = read(tmp_path, "rows.csv", text, TEXTS)
    assert bodies(found) == [{"text": "two\r\nlines"}, {"text": "last"}]
    assert [(one.line, dict(one.truth)) for one in found.asked] == [
        (2, {"": "High"}),
        (5, {"": "Low"}),
    ]


def test_columns_that_the_model_does_not_take_are_left_out(tmp_path: Path):
    text = "mass_g,note,island,species\n3750,x,Dream,Adelie\n,,Biscoe,Gentoo\n"
    found = read(tmp_path, "rows.csv", text, BIRDS, "species")
    assert bodies(found) == [
        {"row": {"island": "Dream", "mass_g": 3750}},
        {"row": {"island": "Biscoe", "mass_g": None}},
    ]
    assert found.asked[1].truth == {"": "Gentoo"}


def test_a_truth_can_be_that_of_a_head_by_its_name(tmp_path: Path):
    text = "island,mass_g,kind,age\nDream,1,a,2\n"
    found = read(tmp_path, "rows.csv", text, BIRDS, "label=kind", "years=age")
    assert found.asked[0].truth == {"label": "a", "years": "2"}


def test_json_lines_are_requests_with_a_truth_beside(tmp_path: Path):
    text = '{"text": "a", "truth": "x"}\n\n{"text": "b", "truth": {"label": "y"}, "id": "7"}\n'
    found = read(tmp_path, "rows.jsonl", text, TEXTS)
    assert bodies(found) == [{"text": "a"}, {"text": "b"}]
    assert [one.line for one in found.asked] == [1, 3]
    assert found.asked[1].truth == {"label": "y"}


def test_pictures_lie_beside_the_rows_and_nowhere_else(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    found = read(tmp_path, "rows.csv", "file,label\na.png,cat\n", PICTURES)
    assert found.payloads[0].content_type == "image/png"
    text = "file,label\n../secret,cat\nnone.png,cat\n"
    said = faults(tmp_path, "rows.csv", text, PICTURES)
    assert "rows.csv:2: the file '../secret' leads out" in said[0]
    assert "rows.csv:3: the file 'none.png' cannot be read" in said[1]


def test_no_row_is_both_calibrated_on_and_evaluated(tmp_path: Path):
    text = "text\n" + "".join(f"row {number}\n" for number in range(23))
    rows = read(tmp_path, "rows.csv", text, TEXTS)
    samples, left = rows.split(5, 4)
    assert len(samples.asked) == 4
    assert sorted(one.line for part in (samples, left) for one in part.asked) == list(range(2, 25))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: it is empty"),
        ("island\nDream\n", ":1: there is no column 'mass_g', which the model takes"),
        ("island,mass_g,mass_g\n", ":1: two columns are called 'mass_g'"),
        ("island,mass_g\nDream\n", ":2: 1 cells, and the header has 2"),
        ("island,mass_g\nDream,NaN\n", ":2: 'mass_g' is NaN: leave the cell empty"),
        ("island,mass_g\nDream,-inf\n", ":2: 'mass_g' is -inf"),
        ("island,mass_g,label\nDream,1,\n", ":2: 'label' is empty"),
        ("island,mass_g,label\nDream,1,nan\n", ":2: 'label' is nan"),
        ('island,mass_g\n"Dream"x,1\n', ":2: not CSV"),
        ("island,mass_g\n", ": it has no rows"),
    ],
)
def test_a_fault_of_a_csv_is_told_with_its_line(tmp_path: Path, text: str, said: str):
    assert f"rows.csv{said}" in faults(tmp_path, "rows.csv", text, BIRDS)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"row": {"mass_g": NaN}}\n', ":1: not JSON: "),
        ('{"text": "a"}\n[1]\n', ":2: a line must be a JSON object"),
        ('{"text": "a", "truth": null}\n', ":1: 'truth' is missing or empty"),
        ('{"truth": "x"}\n', ":1: there is no request beside the truth"),
    ],
)
def test_a_fault_of_json_lines_is_told_with_its_line(tmp_path: Path, text: str, said: str):
    assert f"rows.jsonl{said}" in faults(tmp_path, "rows.jsonl", text, TEXTS)[0]


def test_many_faults_are_told_in_part_and_counted(tmp_path: Path):
    text = "text,label\n" + ",High\n" * 20
    said = faults(tmp_path, "rows.csv", text, TEXTS)
    assert (len(said), said[-1]) == (9, "and 12 more")


def test_other_files_are_refused_before_they_are_read(tmp_path: Path):
    assert "a .csv or a .jsonl file" in faults(tmp_path, "rows.xlsx", "", TEXTS)[0]
    with pytest.raises(InvalidInput, match=r"no\.csv cannot be read"):
        read_rows(tmp_path / "no.csv", TEXTS)
    (tmp_path / "latin.csv").write_bytes(b"text\n\xe9\n")
    with pytest.raises(InvalidInput, match=r"latin\.csv is not UTF-8 at byte 5"):
        read_rows(tmp_path / "latin.csv", TEXTS)
