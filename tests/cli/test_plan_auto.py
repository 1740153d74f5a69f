"""A plan for an `auto` model that wants an endpoint sets the router that will use it."""

import shutil
import tomllib
from pathlib import Path

from samovar.settings import read_settings
from samovar_cli.deploying.parameters import read_overrides

from tests.cli.conftest import Run


def test_applying_a_plan_with_an_endpoint_sets_what_auto_models_are_routed_by(
    samovar: Run, shelf: Path, tmp_path: Path
) -> None:
    shutil.copytree(shelf / "mood", tmp_path / "mood")
    manifest = tmp_path / "mood" / "model.toml"
    manifest.write_text(
        'lane = "auto"\n' + manifest.read_text() + "\n[profile]\nrequest_ms = 3000\ninit_ms = 500\n"
    )
    config = tmp_path / "samconfig.toml"
    config.write_text("version = 0.1\n")
    done = samovar(
        "plan", "mood", "--models", tmp_path, "--rate", 10, "--slo", "900s", "--gpu-speed", 40,
        "--apply", "--config", config,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    table = tomllib.loads(config.read_text())["default"]["global"]["parameters"]
    overrides = read_overrides(table["parameter_overrides"], "samconfig.toml")
    assert overrides["Gpu"] == "on"
    settings = read_settings({"SAMOVAR_AUTO_LANE": f"instances=1,{overrides['AutoLane']}"})
    assert dict(settings.auto_lane)["speed"] == 40
    assert 'lane = "auto"' in manifest.read_text(), "its lane is the router's to choose"
