"""`samovar models profile`: what it prints is what a manifest takes."""

import json
import tomllib
from pathlib import Path

import pytest
from samovar.manifest import read_manifest
from samovar.profile import Profile
from samovar.statistics import Trend

from tests.cli.conftest import Run


def test_what_it_prints_can_be_put_into_the_manifest(samovar: Run, shelf: Path) -> None:
    done = samovar("models", "profile", "shade", "--seconds", 0)
    assert done.exit_code == 0, done.stderr
    said = tomllib.loads(done.stdout)["profile"]
    assert said["request_ms"] > 0
    assert said["kb_ms"] == 0, "examples of one size do not tell how the time grows"
    text = (shelf / "shade" / "model.toml").read_text("utf-8") + "\n" + done.stdout
    assert read_manifest("shade", text, read=lambda _: b"").profile == Profile(**said)


def test_as_json_it_says_of_how_many_requests_it_was_made(samovar: Run) -> None:
    done = samovar("models", "profile", "shade", "--seconds", 0, "--json")
    found = json.loads(done.stdout)
    assert (found["model"], found["version"], found["requests"]) == ("shade", "1", 10)
    assert found["request_ms"] > 0


@pytest.mark.parametrize(
    ("name", "status", "said"), [("nobody", 4, "model_not_found"), ("sums", 1, "[[examples]]")]
)
def test_a_model_that_cannot_be_measured_is_told(
    samovar: Run, name: str, status: int, said: str
) -> None:
    done = samovar("models", "profile", name)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_profile_is_the_line_that_foretells() -> None:
    trend = Trend()
    assert trend.profile() == Profile()
    for kb in range(1, 20):
        trend.add(kb * 1024, (3 + 2 * kb) * 1_000_000)
    assert trend.profile() == Profile(pytest.approx(3), pytest.approx(2))
