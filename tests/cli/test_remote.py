"""`samovar predict --url`: the same answers and the same refusals, from a server."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from samovar.adapters.clock import SystemClock
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.cli.conftest import Run
from tests.cli.tiny_pictures import picture


@pytest.fixture(scope="module")
def url(shelf: Path) -> Iterator[str]:
    """Where the wide door listens, over the tiny models."""
    settings = Settings(models_dir=shelf)
    app = build_app(
        build_service(settings), settings, Observer(settings, SystemClock(), io.StringIO())
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("mood", "great and good"),
        ("price", '{"rows": [{"rooms": 1, "area": 2}]}'),
        ("affine", '{"row": {"x": [1, 2, 3]}}'),
    ],
)
def test_a_server_answers_as_this_process_does(
    samovar: Run, url: str, model: str, given: str
) -> None:
    here = samovar("predict", model, given)
    there = samovar("predict", model, given, "--url", url)
    assert there.exit_code == 0, there.stderr
    assert there.stdout == here.stdout


def test_a_picture_goes_to_a_server_as_it_is(samovar: Run, url: str, tmp_path: Path) -> None:
    (tmp_path / "white").write_bytes(picture(255))
    assert "bright" in samovar("predict", "shade", tmp_path / "white", "--url", url).stdout


def test_a_folder_goes_to_a_server_file_by_file(samovar: Run, url: str, tmp_path: Path) -> None:
    for name, grey in (("a.png", 255), ("b.png", 0)):
        (tmp_path / name).write_bytes(picture(grey))
    (tmp_path / "notes.txt").write_text("no picture", "utf-8")
    lines = samovar("predict", "shade", tmp_path, "--url", url).stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["a.png", "bright"], ["b.png", "dark"]]


def test_a_version_of_a_server_can_be_chosen(samovar: Run, url: str) -> None:
    given = ("predict", "affine", '{"row": {"x": [1, 1, 1]}}', "--url", url, "--json")
    assert '"y":[3.0,3.0,3.0]' in samovar(*given, "--version", 1).stdout


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("predict", "nobody", "x"), 4, "model_not_found"),
        (("predict", "mood", "x", "--version", "9"), 4, "version_not_found"),
        (("predict", "price", '{"row": {"rooms": 1}}'), 3, "missing_tensor"),
        (("predict", "gather", '{"row": {"indices": 9}}'), 5, "model_run_failed"),
    ],
)
def test_a_server_refuses_with_the_same_exit_status(
    samovar: Run, url: str, words: tuple[str, ...], status: int, code: str
) -> None:
    shown = samovar(*words, "--url", url)
    assert shown.exit_code == status
    assert f"({code})" in shown.stderr
