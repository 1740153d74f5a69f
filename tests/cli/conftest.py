"""The command line as a person meets it: run in this process, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from samovar_cli.main import app
from typer.testing import CliRunner, Result

from tests.cli.job_server import Jobs, JobServer
from tests.cli.served import LIMIT, Served, Start
from tests.cli.tiny_pictures import write_shade
from tests.tiny_models import write_models

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]


@dataclass(frozen=True, slots=True)
class Process:
    """What a command left behind."""

    status: int
    out: str
    error: str


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tiny models, with one of pictures beside them. Do not write to it."""
    folder = write_models(tmp_path_factory.mktemp("shelf"))
    write_shade(folder)
    return folder


@pytest.fixture
def samovar(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `samovar …` in this process, over the tiny models."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SAMOVAR_MODELS_DIR", str(shelf))

    def run(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(word) for word in arguments], input=stdin)

    return run


def process(*arguments: object, **environment: str) -> Process:
    """Runs `samovar …` as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from samovar_cli.main import main; main()", *map(str, arguments)],
        capture_output=True,
        env={**os.environ, "COLUMNS": "80", **environment},
        cwd=ROOT,
        check=False,
    )
    out, error = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return Process(done.returncode, out, error)


@pytest.fixture(scope="module")
def job_server(shelf: Path) -> Iterator[JobServer]:
    """A samovar with jobs that listens, and its worker."""
    server = JobServer(shelf)
    server.start()
    yield server
    server.end()


@pytest.fixture
def server(job_server: JobServer) -> Iterator[JobServer]:
    """The server, whose worker works again when the test is over."""
    yield job_server
    job_server.working.set()


@pytest.fixture
def jobs(samovar: Run, server: JobServer) -> Jobs:
    """Runs `samovar jobs …` there."""
    return lambda command, *words: samovar("jobs", command, *words, "--url", server.url)


@pytest.fixture(scope="module")
def start(models_dir: Path) -> Iterator[Start]:
    """Starts servers over the tiny models; they end with the module."""
    started: list[Served] = []

    def begin(*options: str, models: Path = models_dir) -> Served:
        started.append(Served(models, *options))
        return started[-1]

    yield begin
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def served(start: Start) -> Served:
    """One that is warm, and that tests of this module share."""
    return start("--model", "affine", "--max-body", str(LIMIT)).warm()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models would be added; not there yet."""
    return tmp_path / "models"
