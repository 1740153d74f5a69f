"""`samovar cache`: a list of requests is asked before anybody does, and what that saves is told."""

import io
import json
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
from tests.kept_models import write_kept

LINES = (
    '{"text": "great"}\n\n{"text": "bad"}\n{"text": 5}\nno json\n[1]\n'
    '{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["great"]}]}\n'
    '{ "text" : "great" }\n'
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kept(tmp_path_factory.mktemp("kept") / "models")


@pytest.fixture
def url(kept: Path) -> Iterator[str]:
    """Where the wide door listens, over models whose answers are kept."""
    settings = Settings(models_dir=kept)
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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text(LINES)
    return path


def test_what_is_asked_before_is_there_afterwards(samovar: Run, url: str, file: Path) -> None:
    first = samovar("cache", "warm", "mood", file, "--url", url, "--at-once", 1)
    assert first.exit_code == 1, "some lines are refused"
    assert "     3  worked out, and kept" in first.stdout
    assert "     1  kept already" in first.stdout
    for said in ("line 4: 'text': must be a text", "line 5: is not JSON", "line 6: must be a JSON"):
        assert said in first.stdout
    again = samovar("cache", "warm", "mood", file, "--url", url, "--json")
    assert json.loads(again.stdout)["states"] == {"hit": 4, "refused": 3}
    anew = samovar("cache", "warm", "mood", file, "--url", url, "--json", "--refresh")
    assert json.loads(anew.stdout)["states"]["refused"] == 3
    assert json.loads(anew.stdout)["states"]["miss"] >= 3
    stats = samovar("cache", "stats", "--url", url, "--json")
    (line,) = json.loads(stats.stdout)
    assert (line["model"], line["version"], line["hits"] >= 5) == ("mood", "1", True)
    assert "mood 1" in samovar("cache", "stats", "--url", url).stdout


def test_a_model_that_keeps_nothing_says_so(samovar: Run, url: str, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    body = {"inputs": [{"name": "indices", "datatype": "INT64", "shape": [1], "data": [1]}]}
    path.write_text(json.dumps(body))
    found = samovar("cache", "warm", "gather", path, "--url", url)
    assert (found.exit_code, "keeps no answers" in found.stdout) == (0, True)
    assert "Nothing was answered" in samovar("cache", "stats", "--url", url).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl cannot be read"),
        (("empty.jsonl",), "has no request"),
        (("one.jsonl", "--here"), "SAMOVAR_JOBS_TABLE"),
        (("one.jsonl", "--url", "ftp://x"), "--url must begin"),
    ],
)
def test_what_cannot_be_is_told_with_the_way_out(
    samovar: Run, kept: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "empty.jsonl").write_text("\n \n")
    (tmp_path / "one.jsonl").write_text('{"text": "great"}')
    name, *rest = arguments
    found = samovar("cache", "warm", "mood", tmp_path / name, "--models", kept, *rest)
    assert found.exit_code != 0
    assert said in found.stderr
