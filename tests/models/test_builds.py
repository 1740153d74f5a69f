"""`make models`, asked again: the same bytes, and nothing to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from recipes.build import RECIPES, Folders
from recipes.lockfile import file_digests, read_lock

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venvs/models/bin/python"
BUILD = """
import sys
from importlib import import_module
from pathlib import Path
module, _, function = sys.argv[1].partition(":")
weights = Path("build", *sys.argv[3:] or ["weights"])
getattr(import_module(module), function)(weights, Path(sys.argv[2]))
"""
CURRENT = """
import sys
from pathlib import Path
from recipes.build import Folders, is_current
print(is_current("penguins", Folders(models=Path(sys.argv[1]))))
"""
QUICK = {"minilm"}


def read_built(models, name):
    """A model's lock; a heavy model need not be built."""
    path = models / name / "model.lock"
    if RECIPES[name].heavy and not path.is_file():
        pytest.skip("the heavy models are not built: run `make models-heavy`")
    return read_lock(path)


def is_current(models):
    """Whether `make models` would leave the folder's penguins as they are."""
    command = [PYTHON, "-c", CURRENT, models]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return said.strip() == "True"


def test_a_model_is_built_again_only_where_a_file_of_it_was_touched(tmp_path, real_settings):
    copied = Path(shutil.copytree(real_settings.models_dir / "penguins", tmp_path / "penguins"))
    assert is_current(tmp_path)
    graph = copied / "1" / "model.onnx"
    graph.write_bytes(graph.read_bytes())
    assert not is_current(tmp_path)
    graph.unlink()
    assert not is_current(tmp_path)


def test_a_name_without_a_recipe_is_refused_with_the_names_that_have_one():
    command = [PYTHON, "-m", "recipes.build", "samowar"]
    refused = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "no recipe for samowar; known: minilm, " in refused.stderr


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in RECIPES],
)
def test_a_second_build_gives_the_same_bytes(name, tmp_path, real_settings):
    lock = read_built(real_settings.models_dir, name)
    out = tmp_path / "1"
    out.mkdir()
    weights = Folders().weights_of(RECIPES[name]).name
    build = [PYTHON, "-c", BUILD, RECIPES[name].build, out, weights]
    subprocess.run(build, cwd=ROOT, check=True)
    assert file_digests(tmp_path) == lock["files"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["1", "6"])
def test_the_order_of_a_set_does_not_change_the_bytes(seed, tmp_path, real_settings):
    out = tmp_path / "1"
    out.mkdir()
    seeded = {**os.environ, "PYTHONHASHSEED": seed}
    build = [PYTHON, "-c", BUILD, RECIPES["penguins"].build, out]
    subprocess.run(build, cwd=ROOT, check=True, env=seeded)
    lock = read_lock(real_settings.models_dir / "penguins" / "model.lock")
    assert file_digests(tmp_path) == lock["files"]


def test_every_model_folder_has_a_recipe_and_every_recipe_a_manifest(real_settings):
    manifests = {path.parent.name for path in real_settings.models_dir.glob("*/model.toml")}
    assert manifests == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_lock_says_what_was_built_measured_and_with_what(name, real_settings):
    lock = read_built(real_settings.models_dir, name)
    assert lock["files"]
    assert set(lock["build"]) >= {"inputs", "python", "onnxruntime", *RECIPES[name].packages}
