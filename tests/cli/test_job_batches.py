"""`samovar jobs` and files of rows: submitted, awaited, drawn, fetched."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from samovar.jobs import State
from samovar_cli.jobs.batches import progress_line
from samovar_cli.jobs.client import Seen, seen
from samovar_cli.jobs.views import job_page
from samovar_cli.jobs.watching import frame

from tests.cli.job_server import Jobs, submitted

LINES = b'{"id": "a", "text": "good"}\n{"id": "b", "text": "bad"}\n{"id": "c", "text": 1}\n'


def batch(state: State, **said: Any) -> Seen:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    job = {"id": "b1", "model": "mood", "version": "", "attempt": 7, "state": str(state)}
    whole = {"rows": 48_000, "split": True, "parts": 32, "done": 12, "lost": 0, "failed": None}
    progress = {"batch": {**whole, "progress": 0.375, **said}}
    return seen({**job, "created": now, "timings_ms": {}, **progress})


def drawn(*jobs: Seen) -> str:
    console = Console(width=100, force_terminal=False)
    with console.capture() as shown:
        console.print(frame(list(jobs), len(jobs), 20))
    return shown.get()


def test_a_file_of_json_lines_is_a_batch(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(LINES)
    shown = jobs("submit", "mood", tmp_path / "rows.jsonl", "--wait")
    assert shown.exit_code == 0, shown.stderr
    answers = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(line["id"], line["response"]["label"]) for line in answers] == [
        ("a", "good"),
        ("b", "bad"),
    ]


def test_a_table_is_a_batch_where_that_is_asked_for(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "flats.csv").write_bytes(b"rooms,area\n1,2\nx,1\n")
    job = submitted(jobs, "price", tmp_path / "flats.csv", "--batch")
    assert jobs("watch", job).exit_code == 0
    page = jobs("show", job).stdout
    assert "2, 1 failed" in page
    assert "100%, 1 of 1 parts" in page
    assert f"results/{job}/output.jsonl" in page.replace("\n", "").replace(" ", "")
    out = tmp_path / "answers.jsonl"
    assert jobs("result", job, "-o", out).exit_code == 0
    assert json.loads(out.read_text())["response"]["value"] == 14.0
    (error,) = jobs("result", job, "--errors").stdout.splitlines()
    assert json.loads(error)["row"] == 2
    plain = jobs("submit", "price", tmp_path / "flats.csv", "--wait")
    assert plain.exit_code == 3  # one request, of which a row is wrong


@pytest.mark.parametrize("given", ["good", "nothing.csv", "picture.png"])
def test_only_a_file_of_rows_can_be_a_batch(jobs: Jobs, tmp_path: Path, given: str) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    refused = jobs("submit", "mood", tmp_path / given if "." in given else given, "--batch")
    assert refused.exit_code != 0
    assert "--batch takes a file of rows" in refused.stderr


def test_a_running_batch_has_a_bar_of_its_own() -> None:
    shown = drawn(batch(State.RUNNING))
    assert "progress" in shown
    assert "████▌" in shown
    assert "38%" in shown
    assert "progress" not in drawn(batch(State.SUCCEEDED))


def test_progress_is_said_in_words() -> None:
    running = batch(State.RUNNING)
    assert progress_line(running) == "38%, 12 of 32 parts"
    assert progress_line(batch(State.RUNNING, lost=2)) == "38%, 12 of 32 parts, 2 lost"
    cutting = batch(State.RUNNING, split=False, progress=None)
    assert progress_line(cutting) == "48,000 rows cut"
    console = Console(width=100)
    with console.capture() as page:
        console.print(job_page(running))
    assert "48,000" in page.get()
