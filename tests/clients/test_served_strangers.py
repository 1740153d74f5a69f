"""Strangers' clients against `samovar serve`: they find what they find at the whole application."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.test_schemathesis import run
from tests.clients.test_strangers import ROOT, cases, judge
from tests.tiny_generation import write_babble
from tests.twin.running import own_models

pytestmark = pytest.mark.xdist_group("served")
MAIN = "from samovar_cli.main import main; main()"


@pytest.fixture(scope="module")
def served_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The repository's own models, served by one process, which may save others beside them."""
    if not any((ROOT / "models").glob("*/model.lock")):
        pytest.skip("the models are not built: run `make models`")
    yield from serve(own_models(tmp_path_factory.mktemp("served") / "models"))


@pytest.fixture(scope="module")
def babbling_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A model that generates text of no meaning, served by one process."""
    yield from serve(write_babble(tmp_path_factory.mktemp("models"), context=3000))


def serve(models: Path) -> Iterator[str]:
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--models", str(models)]
    environment = {**os.environ, "SAMOVAR_LOG_LEVEL": "ERROR"}  # nobody reads its lines
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=ROOT, text=True, env=environment
    ) as running:
        assert running.stdout
        yield running.stdout.readline().split()[0]
        running.terminate()
        running.communicate(timeout=60)


@pytest.mark.parametrize("case", cases("triton_cases.py"))
def test_tritonclient_works_with_its_defaults(served_url: str, case: str) -> None:
    judge("clients", "triton_cases.py", served_url, case)


@pytest.mark.parametrize("case", cases("openai_text_cases.py"))
def test_openai_generates_text(babbling_url: str, case: str) -> None:
    judge("clients", "openai_text_cases.py", babbling_url, case)


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_every_operation_keeps_to_its_schema(served_url: str, tmp_path: Path) -> None:
    run(served_url, tmp_path, examples=4, phases="examples,fuzzing")


@pytest.mark.parametrize("case", cases("kserve_cases.py"))
def test_kserve_works_with_its_defaults(served_url: str, case: str) -> None:
    judge("kserve", "kserve_cases.py", served_url, case)
