"""`samovar collections` against a server that keeps what it is sent."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import uvicorn
from samovar.adapters.clock import SystemClock
from samovar.edges.observe import Observer
from samovar.serve import plain_app
from samovar.settings import Settings
from samovar_cli.collections import asking

from tests.cli.conftest import Run
from tests.tiny_embedder import write_sense

LINES = [
    {"id": "t", "text": "tea from the samovar", "metadata": {"lang": "en", "page": 3}},
    {"id": "l", "text": "a loan of the bank", "metadata": {"lang": "en", "page": "3"}},
    {"id": "w", "text": "water the rose", "metadata": {"lang": "de"}},
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    settings = Settings(models_dir=write_sense(folder), collections_dir=folder / "kept")
    app = plain_app(settings, observer=Observer(settings, SystemClock(), io.StringIO()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        pass
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "faq.jsonl"
    path.write_bytes(b"\n\n".join(orjson.dumps(line) for line in LINES))
    return path


def test_a_file_is_filled_in_searched_listed_and_deleted(
    samovar: Run, url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_AT_ONCE", 2)
    filled = samovar("collections", "fill", "faq", file, "--url", url)
    assert filled.exit_code == 0, filled.output
    assert filled.output.startswith("faq: 3 documents in 3 passages, ")
    assert "read by sense" in filled.output
    found = samovar("collections", "search", "faq", "coffee", "--top", 1, "--url", url)
    assert found.output.endswith("  t  tea from the samovar\n")
    assert samovar("collections", "list", "--url", url).output.startswith("faq  ")
    assert samovar("collections", "delete", "faq", "--url", url).output == "deleted faq\n"
    gone = samovar("collections", "search", "faq", "coffee", "--url", url)
    assert gone.exit_code != 0
    assert "there is no collection 'faq'" in gone.output


def test_lines_of_a_text_are_added_to_what_is_there(
    samovar: Run, url: str, file: Path, tmp_path: Path
) -> None:
    samovar("collections", "fill", "more", file, "--url", url, "--precision", "float16")
    (tmp_path / "notes.txt").write_text("a cup of coffee\n\n  a train ticket  \n")
    notes = tmp_path / "notes.txt"
    added = samovar("collections", "fill", "more", notes, "--add", "--url", url, "--json")
    said = orjson.loads(added.output)
    assert (said["documents"], said["precision"]) == (5, "float16")
    nowhere = samovar("collections", "fill", "nowhere", notes, "--add", "--url", url)
    assert "there is no collection 'nowhere'" in nowhere.output


def test_a_filter_means_texts_and_numbers(samovar: Run, url: str, file: Path) -> None:
    samovar("collections", "fill", "where", file, "--url", url)
    asked = ("collections", "search", "where", "coffee", "--url", url, "--json")

    def ids(*where: str) -> list[str]:
        words = [word for each in where for word in ("--where", each)]
        results = orjson.loads(samovar(*asked, *words).output)["results"]
        return sorted(one["id"] for one in results)

    assert ids("lang=en") == ["l", "t"]
    assert ids("page=3") == ["l", "t"]
    assert ids("lang=en", "page=4") == []
    assert ids("lang=en", "lang=de") == ["l", "t", "w"]
    assert "nothing was found" in samovar(*asked[:-1], "--where", "lang=fr").output
    assert "must be NAME=VALUE" in samovar(*asked, "--where", "lang").output


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"text": "a"}\n{', "faq.jsonl:2 is not JSON"),
        (b'{"text": "a"}\n["b"]', "faq.jsonl:2 must be a document"),
        (b"\n", "has no documents"),
        (b"\xff", "cannot be read as UTF-8"),
    ],
)
def test_a_file_that_is_none_says_which_line(
    samovar: Run, file: Path, body: bytes, words: str
) -> None:
    file.write_bytes(body)
    refused = samovar("collections", "fill", "faq", file, "--url", "http://127.0.0.1:9")
    assert refused.exit_code != 0
    assert words in " ".join(refused.output.split())
