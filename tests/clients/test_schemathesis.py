"""Schemathesis reads /openapi.json of the running twin: it tries what that allows, and worse."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.twin.host import ROOT
from tests.twin.running import RunningTwin, own_project
from tests.twin.running_application import MINISTACK

PROGRAM = ROOT / ".venvs" / "clients" / "bin" / "schemathesis"

# What a schema cannot say: that a tensor's data must have as many elements as its shape says,
# that a picture must be one. Requests that it allows may be refused. A wrong request that is
# too large besides may be refused for that (413). What becomes a job, a heavy model's by itself,
# is judged when it is run (202). Its requests share one Idempotency-Key, which may be in use
# (409) or stand for another one (422). What is too long for API Gateway does not get here (431).
CONFIGURATION = """
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [202, 400, 404, 405, 406, 409, 413, 415, 422, 424, 431]
"""


@pytest.fixture(scope="module")
def fuzzed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A twin over a folder of its own: what is asked of it becomes jobs, for which others would
    wait, and classifiers, which lie among the models.
    """
    if not MINISTACK.exists():
        pytest.skip("make .venvs/.stamps/lambda .venvs/.stamps/ministack sets up what it needs")
    folder = own_project(tmp_path_factory.mktemp("fuzzed"))
    running = RunningTwin(folder, folder / ".samovar", "--no-reload", "--slots", "2")
    yield running.url
    running.end()


def run(url: str, tmp_path: Path, *, examples: int, phases: str) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    command = [
        PROGRAM,
        "--config-file",
        configuration,
        "run",
        f"{url}/openapi.json",
        "--max-examples",
        str(examples),
    ]
    command += ["--phases", phases, "--workers", "2", "--seed", "7", "--request-timeout", "60"]
    command += ["--no-color"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, cwd=tmp_path, check=False
    )
    told = done.stdout.partition("= FAILURES =")[2] or done.stdout
    assert done.returncode == 0, told[:12_000] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.twin
@pytest.mark.timeout(1200)
def test_every_operation_keeps_to_its_schema(fuzzed_url: str, tmp_path: Path) -> None:
    run(fuzzed_url, tmp_path, examples=60, phases="examples,coverage,fuzzing")
