"""`samovar classify`: texts, labels and examples from the command line, here and at a server."""

import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from samovar.adapters.clock import SystemClock
from samovar.edges.observe import Observer
from samovar.serve import plain_app
from samovar.settings import Settings
from typer.testing import Result

from tests.cli.conftest import Run
from tests.tiny_embedder import write_sense
from tests.tiny_models import write_models

CSV = "text,label\na cup of tea,drink\ncoffee,drink\na loan,money\nthe bank,money\n"
Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sense(write_models(tmp_path_factory.mktemp("written") / "models"))


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    for name in ("sense", "mood"):
        shutil.copytree(written / name, tmp_path / "models" / name)
    return tmp_path / "models"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.csv"
    path.write_text(CSV)
    return path


@pytest.fixture
def classify(samovar: Run, folder: Path) -> Ask:
    return lambda *words, **more: samovar("classify", *words, "--models", folder, **more)


def test_a_text_is_told_by_examples_in_csv(classify: Ask, examples: Path) -> None:
    shown = classify("samovar", "--examples", examples)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.splitlines()[0] == 'sense 1 · "samovar"'
    assert shown.stdout.splitlines()[2].split()[0] == "drink"
    assert "of 4 examples, each by all the others, 100% right" in shown.stdout


def test_labels_with_meanings_are_enough(classify: Ask) -> None:
    shown = classify(
        "an invoice", "--label", "A=tea and coffee", "--label", "B = loan and bank", "--json"
    )
    assert json.loads(shown.stdout)["label"] == "B"


def test_a_file_has_a_text_a_line_and_so_has_standard_input(
    classify: Ask, examples: Path, tmp_path: Path
) -> None:
    (tmp_path / "inbox.txt").write_text("samovar\n\nprice\n")
    shown = classify(tmp_path / "inbox.txt", "--examples", examples)
    assert [line.split()[:2] for line in shown.stdout.splitlines()[1:3]] == [
        ["samovar", "drink"],
        ["price", "money"],
    ]
    piped = classify("-", "--examples", examples, "--json", stdin=b"samovar\nprice\n")
    assert [row["label"] for row in json.loads(piped.stdout)["predictions"]] == ["drink", "money"]


def test_saved_labels_are_a_model_of_the_folder(
    classify: Ask, samovar: Run, examples: Path, folder: Path, tmp_path: Path
) -> None:
    saved = classify("--examples", examples, "--save", "things")
    assert saved.stdout.splitlines()[0] == "saved things version 1: drink (2), money (2)"
    answer = samovar("predict", "things", "samovar", "--models", folder, "--json")
    assert json.loads(answer.stdout)["label"] == "drink"
    rows = [{"text": "tea", "label": "x"}, {"text": "bank", "label": "y"}]
    lines = tmp_path / "rows.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)))
    again = classify("tea", "--examples", lines, "--save", "things")
    assert again.stdout.splitlines()[0] == "saved things version 2: x (1), y (1)"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give a text to classify, or --save NAME"),
        (("x", "--label", "a"), "one label is always the best one"),
        (("x", "--label", "a", "--label", "a"), "given twice"),
        (("x", "--label", "a", "--label", "b", "--unknown", "2"), "'unknown' must be"),
        (("x", "--label", "a", "--label", "b", "--model", "mood"), "embeds no texts"),
        (("--label", "a", "--label", "b", "--save", "mood"), "of another kind"),
        (("--label", "a", "--label", "b", "--save", "a/b"), "no name for a model"),
        (("x", "--examples", "nowhere.csv"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    classify: Ask, words: tuple[str, ...], says: str
) -> None:
    shown = classify(*words)
    assert shown.exit_code
    assert says in shown.stderr
    assert shown.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("rows.csv", "a,b\n1,2\n", "no columns 'text' and 'label'"),
        ("rows.jsonl", '{"text": "x"}', "rows.jsonl:1 must be"),
        ("rows.jsonl", "\n{", "rows.jsonl:2 must be"),
        ("rows.csv", "text,label\nx\n", "examples[0].label is empty"),
    ],
)
def test_examples_that_are_none_are_said_with_their_line(
    classify: Ask, tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    assert says in classify("x", "--examples", tmp_path / name).stderr


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    settings = Settings(models_dir=folder)
    app = plain_app(settings, observer=Observer(settings, SystemClock(), io.StringIO()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        pass
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_server_answers_the_same(classify: Ask, examples: Path, url: str) -> None:
    here = json.loads(classify("samovar", "--examples", examples, "--json").stdout)
    words = ("samovar", "--examples", examples, "--save", "things", "--url", url, "--json")
    saved, said = map(json.loads, classify(*words).stdout.splitlines())
    assert (saved["id"], saved["version"]) == ("things", "1")
    assert said | {"id": "text"} == here
