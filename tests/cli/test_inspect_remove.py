"""`samovar models inspect` and `samovar models remove`."""

import json
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from tests import foreign_models as foreign
from tests import onnx_models
from tests.cli.conftest import Run
from tests.tiny_models import write_models


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of models that the test may change."""
    return write_models(tmp_path / "models")


def test_a_file_is_shown_with_its_operators_and_what_add_would_make_of_it(
    samovar: Run, tmp_path: Path
) -> None:
    graph = foreign.image_classifier(tmp_path)
    found = json.loads(samovar("models", "inspect", graph, "--json").stdout)
    assert found["parameters"] == 9
    assert found["opsets"] == {"": 17, "ai.onnx.ml": 3}
    assert {"domain": "", "name": "MatMul", "count": 1} in found["operators"]
    assert found["proposal"]["task"] == "image-classification"
    assert found["memory_is"] == "measured"
    shown = samovar("models", "inspect", graph).stdout
    for said in ("pixels  FP32  [any, 3, 8, 8]", "ReduceMean 1", "parameters  9", "may share"):
        assert said in shown
    assert list(tmp_path.iterdir()) == [graph]


def test_a_model_is_inspected_by_its_name(samovar: Run) -> None:
    found = json.loads(samovar("models", "inspect", "mood", "--json").stdout)
    assert found["proposal"]["task"] == "text-classification"
    assert found["file"].endswith("mood/1/model.onnx")


def test_a_graph_that_add_would_refuse_is_shown_with_the_reason(
    samovar: Run, tmp_path: Path
) -> None:
    path = foreign.write(tmp_path, "a.onnx", onnx_models.with_domain("my.ops"), check=False)
    found = json.loads(samovar("models", "inspect", path, "--json").stdout)
    assert "'my.ops'" in found["refusal"]
    assert found["proposal"] is None
    assert found["memory_is"] == "estimated"
    assert "would refuse it" in samovar("models", "inspect", path).stdout


def test_what_is_within_a_branch_counts(samovar: Run, tmp_path: Path) -> None:
    branch = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["o"])], "b", [], [onnx_models.value("o")]
    )
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    inputs = [onnx_models.value("x"), onnx_models.value("c", TensorProto.BOOL, ())]
    model = onnx_models.model([node], inputs, [onnx_models.value("y")])
    path = foreign.write(tmp_path, "if.onnx", model)
    found = json.loads(samovar("models", "inspect", path, "--json").stdout)
    counts = {operator["name"]: operator["count"] for operator in found["operators"]}
    assert counts == {"If": 1, "Neg": 2}


def test_what_is_no_model_cannot_be_inspected(samovar: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"no")
    assert samovar("models", "inspect", path).exit_code == 5
    assert samovar("models", "inspect", "mod").exit_code == 4
    assert samovar("models", "inspect", tmp_path / "none.onnx").exit_code == 1


def test_a_model_is_removed_whole_and_alone(samovar: Run, mine: Path) -> None:
    before = {entry.name for entry in mine.iterdir()}
    shown = samovar("models", "remove", "mood", "--yes", "--models", mine)
    assert shown.exit_code == 0, shown.stderr
    assert {entry.name for entry in mine.iterdir()} == before - {"mood"}


def test_without_a_terminal_nothing_is_removed_unless_yes_is_said(samovar: Run, mine: Path) -> None:
    shown = samovar("models", "remove", "mood", "--models", mine, stdin=b"y\n")
    assert shown.exit_code == 1
    assert "say --yes" in shown.stderr
    assert (mine / "mood" / "model.toml").is_file()


@pytest.mark.parametrize("name", ["moo", "../models", ".", "mood/1"])
def test_what_is_no_models_name_is_not_removed(samovar: Run, mine: Path, name: str) -> None:
    assert samovar("models", "remove", name, "--yes", "--models", mine).exit_code == 4
    assert (mine / "mood" / "1" / "model.onnx").is_file()


def test_of_a_linked_model_only_the_link_goes(samovar: Run, mine: Path, tmp_path: Path) -> None:
    (mine / "mood").rename(tmp_path / "elsewhere")
    (mine / "mood").symlink_to(tmp_path / "elsewhere")
    assert samovar("models", "remove", "mood", "--yes", "--models", mine).exit_code == 0
    assert not (mine / "mood").is_symlink()
    assert (tmp_path / "elsewhere" / "model.toml").is_file()
