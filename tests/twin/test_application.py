"""The real application on the twin: what `samovar up` promises when it is ready."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samovar_cli.twin.models import titles
from samovar_cli.twin.samples import sample_commands

from tests.twin.running import ROOT

pytestmark = [pytest.mark.twin, pytest.mark.xdist_group("twin")]
MODELS = ROOT / "models"


def test_the_banners_commands_work_when_they_are_pasted(twin_url: str) -> None:
    samovar = str(Path(sys.executable).with_name("samovar"))
    commands = sample_commands(MODELS, titles(MODELS), twin_url, samovar)
    assert len(commands) == 3
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
        if command.startswith("curl"):
            assert "error" not in json.loads(done.stdout)
