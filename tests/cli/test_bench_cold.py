"""`samovar bench cold` starts the real function, and shows what its init reports say."""

from pathlib import Path

import orjson
import pytest
from samovar.errors import CommandFailed
from samovar.layout import SEALS
from samovar_cli.bench.starts import PHASES, infer_function, sealed_view

from tests.cli.conftest import ROOT, Run, process

pytestmark = pytest.mark.xdist_group("bench")
needs_runtime_client = pytest.mark.skipif(
    not (ROOT / ".venvs/lambda/bin/python").exists(), reason="make .venvs/.stamps/lambda"
)


def test_the_function_is_the_templates_with_one_model_to_preload() -> None:
    found = infer_function(ROOT / "template.yaml", "mood")
    assert found.code == "functions/infer"
    assert found.layers == ("shared", "layers/runtime", "models")
    assert found.environment["SAMOVAR_PRELOAD"] == "mood"
    assert found.environment["SAMOVAR_MODELS_DIR"] == "/opt/models"
    assert found.environment["OPENBLAS_NUM_THREADS"] == "1"
    assert "SAMOVAR_JOBS_TABLE" not in found.environment  # a stack's alone to know
    assert found.memory_mb == 1769


def test_a_template_without_the_function_is_refused(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    with pytest.raises(CommandFailed, match="has no InferFunction"):
        infer_function(tmp_path / "template.yaml", "mood")


def test_the_models_that_are_measured_are_sealed_and_nothing_else(
    shelf: Path, tmp_path: Path
) -> None:
    view = sealed_view(shelf, ["mood"], tmp_path / "view")
    assert [path.name for path in sorted(view.iterdir())] == [SEALS, "mood"]
    assert [path.name for path in (view / SEALS).iterdir()] == ["mood.json"]
    assert not (shelf / SEALS).exists()


def test_a_model_that_cannot_be_sealed_is_named(shelf: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    sealed_view(shelf, ["mood"], models)
    (models / "mood" / "model.toml").unlink()
    (models / "mood" / "model.toml").write_text("pre = 3\n")
    with pytest.raises(CommandFailed, match="model 'mood' is not right"):
        sealed_view(models, ["mood"], tmp_path / "view")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody",), "there is no model 'nobody'"),
        (("affine",), "affine has no golden example to ask"),
    ],
)
def test_what_cannot_be_started_is_refused_before_anything_is(
    samovar: Run, words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = samovar("bench", "cold", *words, "--state-dir", tmp_path)
    assert done.exit_code != 0
    assert said in done.stderr


@needs_runtime_client
def test_a_real_function_is_started_and_its_phases_shown(shelf: Path, tmp_path: Path) -> None:
    words = ("bench", "cold", "mood", "--models", shelf, "--runs", "2", "--state-dir", tmp_path)
    done = process(*words, "--json")
    assert (done.status, done.error) == (0, "")
    (found,) = orjson.loads(done.out)
    assert (found["model"], found["form"], found["runs"]) == ("mood", "plain", 2)
    assert set(found["phases"]) == set(PHASES)
    assert all(ms >= 0 for ms in found["phases"].values())
    assert found["phases"]["imports_ms"] > 0
    assert found["phases"]["map_ms"] > 0
    assert found["total_ms"] <= found["outside_ms"] + 20  # ticks
    shown = process(*words)
    assert shown.status == 0
    for word in ("runtime", "imports", "wiring", "map", "first run", "first answer", "mood"):
        assert word in shown.out
    assert "▒" in shown.out
