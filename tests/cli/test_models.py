"""`samovar models`: the list, a model's page, and the check of what the manifests promise."""

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.tiny_pictures import write_shade
from tests.tiny_models import write_models


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of models that the test may change."""
    write_shade(write_models(tmp_path))
    return tmp_path


def test_the_list_has_a_line_a_model(samovar: Run, shelf: Path) -> None:
    lines = samovar("models", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "task", "lane", "size", "versions", "accuracy"]
    assert [line.split()[0] for line in lines[1:]] == sorted(path.name for path in shelf.iterdir())
    shade = next(line.split() for line in lines if line.startswith("shade"))
    assert shade[1:3] == ["image-classification", "light"]
    assert shade[-4:] == ["B", "1", "90.0", "%"]


def test_the_list_as_json_has_sizes_in_bytes(samovar: Run) -> None:
    found = {line["name"]: line for line in json.loads(samovar("models", "list", "--json").stdout)}
    assert found["shade"]["accuracy"] == 0.9
    assert found["affine"]["versions"] == ["1", "2"]
    assert found["mood"]["size_bytes"] > 500


def test_a_broken_manifest_and_a_model_not_built_do_not_hide_the_others(
    samovar: Run, mine: Path
) -> None:
    (mine / "price" / "model.toml").write_text('tusk = "x"\n', "utf-8")
    shutil.rmtree(mine / "mood" / "1")
    shown = samovar("models", "list", "--models", mine)
    assert shown.exit_code == 0
    assert "models/price/model.toml:1: " in shown.stdout
    assert "not built" in shown.stdout
    assert "shade" in shown.stdout


def test_a_page_has_all_that_is_known(samovar: Run) -> None:
    page = samovar("models", "show", "shade").stdout
    for said in (
        "shade · Shade",
        "CC0-1.0",
        "in   pixels  FP32  [any, 1]",
        "1. image",
        "resize size=1,1 interpolation=box",
        "classify labels=dark,bright",
        "accuracy  90.0 %",
        "white is bright  examples/white.png",
        '→ {"label":"bright"}',
    ):
        assert said in page
    assert all(len(line) <= 80 for line in page.splitlines() if "/tmp" not in line)


def test_a_confusion_matrix_is_a_grid_of_truth_by_answer(samovar: Run) -> None:
    lines = [line.split() for line in samovar("models", "show", "shade").stdout.splitlines()]
    assert ["true", "\\", "said", "dark", "bright", "recall"] in lines
    assert ["dark", "4", "1", "80.0", "%"] in lines
    assert ["bright", "·", "5", "100.0", "%"] in lines


@pytest.mark.parametrize("name", ["affine", "echo", "gather", "mood", "price", "shade", "sums"])
def test_the_predict_command_of_a_page_works_as_it_stands(samovar: Run, name: str) -> None:
    page = samovar("models", "show", name).stdout
    command = next(line for line in page.splitlines() if line.startswith("  $ samovar predict"))
    shown = samovar(*shlex.split(command.removeprefix("  $ samovar ")))
    assert shown.exit_code == 0, shown.stderr


def test_a_page_as_json_has_the_commands_too(samovar: Run) -> None:
    page = json.loads(samovar("models", "show", "mood", "--json").stdout)
    assert page["signature"]["outputs"][0]["name"] == "logits"
    assert page["commands"][0].startswith("samovar predict ")
    assert page["commands"][1].startswith("curl -s http://127.0.0.1:8000/v1/models/mood/predict")


def test_a_model_that_is_not_built_has_a_page(samovar: Run, mine: Path) -> None:
    shutil.rmtree(mine / "mood" / "1")
    shown = samovar("models", "show", "mood", "--models", mine)
    assert shown.exit_code == 0
    assert "not built: run `make models`" in " ".join(shown.stdout.split())


def test_a_check_of_models_that_are_right_succeeds(samovar: Run) -> None:
    shown = samovar("models", "check")
    assert shown.exit_code == 0
    assert "8 of 8 models are right: 4 of 4 examples hold" in shown.stdout
    mood = next(line.split() for line in shown.stdout.splitlines() if line.startswith("mood"))
    assert mood[-4:] == ["ok", "1.4e-05", "0.001", "0"]


def test_a_check_takes_the_models_that_are_named(samovar: Run) -> None:
    found = json.loads(samovar("models", "check", "price", "mood", "--json").stdout)
    assert [model["model"] for model in found] == ["price", "mood"]
    assert all(model["passed"] for model in found)
    assert found[0]["examples"][0]["in_a_batch"] == {"largest_difference": 0, "faults": []}


def test_a_wrong_answer_fails_the_check_and_is_told(samovar: Run, mine: Path) -> None:
    manifest = mine / "price" / "model.toml"
    manifest.write_text(
        manifest.read_text("utf-8").replace("value = 80.0", "value = 70.0"), "utf-8"
    )
    shown = samovar("models", "check", "--models", mine)
    assert shown.exit_code == 5
    assert "price, a small flat: value: 80 is not 70 ± 0.001" in shown.stdout
    assert "7 of 8 models are right" in shown.stdout


def test_a_file_that_was_changed_fails_the_check(samovar: Run, mine: Path) -> None:
    with (mine / "shade" / "model.lock").open("a") as lock:
        lock.write(f'[files]\n"1/model.onnx" = "{"0" * 64}"\n')
    shown = samovar("models", "check", "shade", "--models", mine)
    assert shown.exit_code == 5
    assert "model_tampered" in shown.stdout


def test_a_model_that_is_not_built_fails_the_check(samovar: Run, mine: Path) -> None:
    shutil.rmtree(mine / "mood" / "1")
    shown = samovar("models", "check", "mood", "--models", mine, "--json")
    assert shown.exit_code == 5
    assert "make models" in json.loads(shown.stdout)[0]["fault"]


def test_a_check_of_an_unknown_model_says_what_was_meant(samovar: Run) -> None:
    shown = samovar("models", "check", "pric")
    assert shown.exit_code == 4
    assert "did you mean 'price'?" in shown.stderr


def test_a_check_of_all_passes_over_a_heavy_model_that_is_not_built(
    samovar: Run, mine: Path
) -> None:
    manifest = mine / "mood" / "model.toml"
    manifest.write_text('lane = "heavy"\n' + manifest.read_text("utf-8").replace("lane =", "# "))
    shutil.rmtree(mine / "mood" / "1")
    assert "7 of 7 models are right" in samovar("models", "check", "--models", mine).stdout
    named = samovar("models", "check", "mood", "--models", mine, "--json")
    assert json.loads(named.stdout)[0]["fault"] == "not built: run `make models-heavy`"
    assert "`make models-heavy` builds them" in samovar("models", "list", "--models", mine).stdout
