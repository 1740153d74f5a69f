"""`make models`, asked again: the same bytes, and nothing to do."""

import subprocess
from pathlib import Path

import pytest

from recipes.build import RECIPES
from recipes.lockfile import file_digests, read_lock

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venvs/models/bin/python"
BUILD = """
import sys
from importlib import import_module
from pathlib import Path
module, _, function = sys.argv[1].partition(":")
getattr(import_module(module), function)(Path("build/weights"), Path(sys.argv[2]))
"""
QUICK = {"minilm"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in RECIPES],
)
def test_a_second_build_gives_the_same_bytes(name, tmp_path, real_settings):
    lock = read_lock(real_settings.models_dir / name / "model.lock")
    out = tmp_path / "1"
    out.mkdir()
    subprocess.run([PYTHON, "-c", BUILD, RECIPES[name].build, out], cwd=ROOT, check=True)
    assert file_digests(tmp_path) == lock["files"]


def test_every_model_folder_has_a_recipe_and_every_recipe_a_manifest(real_settings):
    manifests = {path.parent.name for path in real_settings.models_dir.glob("*/model.toml")}
    assert manifests == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_lock_says_what_was_built_measured_and_with_what(name, real_settings):
    lock = read_lock(real_settings.models_dir / name / "model.lock")
    assert lock["files"]
    assert set(lock["build"]) >= {"inputs", "python", "onnxruntime", *RECIPES[name].packages}
