"""`samovar predict --url` where the answer comes later: the job is followed to its end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.job_server import JobServer
from tests.tiny_models import write_models


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    """A server whose model `mood` is known to take a minute."""
    folder = write_models(tmp_path_factory.mktemp("slow"))
    with (folder / "mood" / "model.toml").open("a") as manifest:
        manifest.write("\n[profile]\nrequest_ms = 60_000\n")
    running = JobServer(folder)
    running.start()
    yield running
    running.end()


def test_the_answer_is_that_of_the_job(samovar: Run, later: JobServer) -> None:
    done = samovar("predict", "mood", "a great day", "--url", later.url, "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["label"], later.table.get(answer["id"]) is not None) == ("good", True)
    assert f"the answer takes its time: job {answer['id']}" in done.stderr


def test_a_job_that_fails_ends_as_the_request_would_have(samovar: Run, later: JobServer) -> None:
    done = samovar("predict", "mood", '{"text": 5}', "--url", later.url)
    assert (done.exit_code, done.stdout) == (3, "")
    assert "(wrong_datatype)" in done.stderr


def test_a_folder_is_followed_file_by_file(samovar: Run, later: JobServer, tmp_path: Path) -> None:
    for name, text in (("a.txt", "great"), ("b.txt", "poor")):
        (tmp_path / name).write_text(text)
    done = samovar("predict", "mood", tmp_path, "--url", later.url, "--json")
    assert [json.loads(line)["label"] for line in done.stdout.splitlines()] == ["good", "bad"]
