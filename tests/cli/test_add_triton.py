"""A model's folder in Triton's and KServe's layout is added as it is."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from samovar.errors import CommandFailed
from samovar.types import TensorSpec
from samovar_cli.adding.triton import read_config

from tests import foreign_models as foreign
from tests import onnx_models
from tests.cli.conftest import Run

CONFIG = """
name: "shades"   # what clients call it
platform: "onnxruntime_onnx"
max_batch_size: 8
input [
  { name: "pixels", data_type: TYPE_FP32, format: FORMAT_NCHW, dims: [ 3, 8, 8 ] }
]
output {
  name: "logits"
  data_type: TYPE_FP32
  dims: [ 3 ]
  label_filename: 'shades.txt'
}
instance_group [{ count: 2 kind: KIND_CPU }]
dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 100 }
parameters: { key: "EXECUTION_MODE" value: { string_value: "0" } }
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`shades`, with two versions, a configuration and labels."""
    folder = tmp_path / "repository" / "shades-v7"
    for version in ("1", "3"):
        foreign.image_classifier(folder / version).rename(folder / version / "model.onnx")
    (folder / "config.pbtxt").write_text(CONFIG, "utf-8")
    (folder / "shades.txt").write_text("red\ngreen\nblue\n", "utf-8")
    return folder


def add(samovar: Run, folder: Path, models: Path) -> Any:
    return samovar("models", "add", folder, "--models", models, "--json")


def test_every_version_is_taken_and_the_configuration_is_read(
    samovar: Run, repository: Path, tmp_path: Path
) -> None:
    shown = add(samovar, repository, tmp_path / "models")
    assert shown.exit_code == 0, shown.stderr
    told = json.loads(shown.stdout)
    folder = tmp_path / "models" / "shades"
    assert (told["model"], told["task"]) == ("shades", "image-classification")
    assert (folder / "config.pbtxt").read_text("utf-8") == CONFIG
    manifest = tomllib.loads((folder / "model.toml").read_text("utf-8"))
    assert manifest["batch"] == {"axis": 0, "max_size": 8}
    assert manifest["post"][0]["labels"] == ["red", "green", "blue"]
    lock = tomllib.loads((folder / "model.lock").read_text("utf-8"))
    assert set(lock["files"]) == {"1/model.onnx", "3/model.onnx"}
    assert set(lock["signature"]) == {"1", "3"}
    checked = samovar("models", "check", "shades", "--models", tmp_path / "models")
    assert checked.exit_code == 0, checked.stdout


def test_a_folder_of_versions_alone_is_taken_by_its_name(samovar: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pets"
    foreign.scikit_classifier(folder / "1").rename(folder / "1" / "model.onnx")
    told = json.loads(add(samovar, folder, tmp_path / "models").stdout)
    assert (told["model"], told["task"]) == ("pets", "tabular-classification")


def test_code_and_hidden_files_are_left_behind(
    samovar: Run, repository: Path, tmp_path: Path
) -> None:
    for name in ("1/model.py", "3/.hidden", "1/state.pkl"):
        (repository / name).write_text("no", "utf-8")
    add(samovar, repository, tmp_path / "models")
    found = {path.name for path in (tmp_path / "models").rglob("*") if path.is_file()}
    assert not found & {"model.py", ".hidden", "state.pkl"}


def test_a_link_within_the_folder_is_refused(
    samovar: Run, repository: Path, tmp_path: Path
) -> None:
    (repository / "1" / "extra.bin").symlink_to(repository / "shades.txt")
    shown = add(samovar, repository, tmp_path / "models")
    assert shown.exit_code == 5
    assert "1/extra.bin is a symbolic link" in shown.stderr
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("onnxruntime_onnx", "pytorch_libtorch", "samovar runs ONNX models"),
        ('"pixels"', '"pictures"', "a tensor 'pictures' that the graph does not have"),
        ("TYPE_FP32, format", "TYPE_INT64, format", "'pixels' is INT64, but the graph has FP32"),
        ("instance_group [", "instance_group ]", "cannot be read as Triton's configuration"),
        ("max_batch_size: 8", "max_batch_size: many", "cannot be read"),
        ('"shades" ', '"../shades" ', "shades"),
    ],
)
def test_a_configuration_that_is_of_something_else_is_refused(
    samovar: Run, repository: Path, tmp_path: Path, was: str, becomes: str, said: str
) -> None:
    (repository / "config.pbtxt").write_text(CONFIG.replace(was, becomes), "utf-8")
    shown = add(samovar, repository, tmp_path / "models")
    assert said in shown.stderr + shown.stdout
    assert not (tmp_path / "shades").exists()
    if shown.exit_code:
        assert not (tmp_path / "models").exists()


@pytest.fixture
def several(tmp_path: Path, repository: Path) -> Path:
    """`shades-v7`, `product`, and `broken`, whose graph is none."""
    folder = repository.parent
    foreign.plain(folder / "product" / "1").rename(folder / "product" / "1" / "model.onnx")
    (folder / "broken" / "1").mkdir(parents=True)
    (folder / "broken" / "1" / "model.onnx").write_bytes(b"no")
    return folder


def test_a_repository_is_added_whole_and_what_is_refused_keeps_nothing_else_out(
    samovar: Run, several: Path, tmp_path: Path
) -> None:
    shown = add(samovar, several, tmp_path / "models")
    assert shown.exit_code == 5
    told = json.loads(shown.stdout)
    assert [one["model"] for one in told["added"]] == ["product", "shades"]
    assert [one["code"] for one in told["refused"]] == ["model_corrupt"]
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["product", "shades"]


def test_of_a_repository_those_are_added_that_are_named(
    samovar: Run, several: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    words = ("models", "add", several, "--models", models)
    assert "it has broken, product, shades-v7" in samovar(*words, "--only", "none").stderr
    said = samovar(*words, "--labels", "a,b,c").stderr
    assert "--only broken" in " ".join(said.split())
    shown = samovar(*words, "--only", "product", "--name", "times")
    assert (shown.exit_code, [path.name for path in models.iterdir()]) == (0, ["times"])
    alone = samovar("models", "add", several / "product", "--only", "product", "--models", models)
    assert "no repository of several models" in alone.stderr


@pytest.mark.slow
def test_a_person_sees_what_was_added_of_a_repository_and_what_was_not(
    samovar: Run, several: Path, tmp_path: Path
) -> None:
    shown = samovar("models", "add", several, "--models", tmp_path / "models")
    for said in ("product", "tensors", "refused: broken: ", "2 of 3 models are added"):
        assert said in shown.stdout


def test_a_configuration_for_another_file_says_what_it_holds(
    samovar: Run, repository: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    (repository / "config.pbtxt").write_text(
        CONFIG + 'default_model_filename: "net.onnx"\n', "utf-8"
    )
    assert "holds no net.onnx" in add(samovar, repository, models).stderr
    for version in ("1", "3"):
        (repository / version / "model.onnx").rename(repository / version / "net.onnx")
    assert add(samovar, repository, models).exit_code == 0
    manifest = tomllib.loads((models / "shades" / "model.toml").read_text("utf-8"))
    assert manifest["program"]["runners"] == {"model": "net.onnx"}


def test_a_configuration_is_read_in_every_form_that_people_write(tmp_path: Path) -> None:
    path = tmp_path / "config.pbtxt"
    path.write_text('backend:"onnxruntime";input<name:"a" data_type:TYPE_STRING dims:-1 dims:2>')
    found = read_config(path)
    assert found.inputs == (TensorSpec("a", "BYTES", (-1, 2)),)
    assert found.max_rows == 0


@pytest.mark.parametrize("text", ["{", "name", 'name: "x', "input {", "input: [", "a: @", "x: }"])
def test_a_configuration_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.pbtxt"
    path.write_text(text, "utf-8")
    with pytest.raises(CommandFailed, match="cannot be read as Triton's configuration"):
        read_config(path)


def test_an_older_version_is_looked_at_too(samovar: Run, repository: Path, tmp_path: Path) -> None:
    unsafe = onnx_models.with_domain("my.ops").SerializeToString()
    (repository / "1" / "model.onnx").write_bytes(unsafe)
    shown = add(samovar, repository, tmp_path / "models")
    assert shown.exit_code == 5
    assert "'my.ops'" in shown.stderr
