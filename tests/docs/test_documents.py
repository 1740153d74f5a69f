"""The pages do what they say: a reader's folder, a running twin, every block in order.

`bash` and `console` blocks are run, `python` blocks are run by a client's interpreter, `toml`
blocks are saved where the text says, and a `json` block is a part of the output before it.
Blocks without a language are shown only.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx
import pytest
from samovar.golden import compare

from tests.docs.pages import Block, blocks
from tests.twin.running import ROOT, RunningTwin, own_project
from tools import codes_table, steps_table

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUNNABLE = {"bash", "console", "python"}
LONG = {
    *("batches.md", "benchmarks.md", "cli.md", "compile.md", "jobs.md"),
    *("optimise.md", "plan.md", "profile.md", "simulate.md"),
}
"""Pages that measure or wait: they are run with the slow tests."""
pytestmark = [pytest.mark.twin, pytest.mark.xdist_group("docs"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder as a reader has it, whose models may be added to, and the twin that serves it."""
    folder = own_project(tmp_path_factory.mktemp("reader"))
    running = RunningTwin(folder, folder / ".samovar", "--slots", "2")
    yield folder, running.url
    running.end()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Path, str]]:
    """The repository itself, and `samovar serve` over its models: what docs/serve.md is about."""
    command = [str(ROOT / ".venv" / "bin" / "samovar"), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as running:
        assert running.stdout
        url = running.stdout.readline().split()[0]
        while httpx.get(f"{url}/v2/health/ready", timeout=60).status_code != 200:
            time.sleep(0.05)
        yield ROOT, url
        running.terminate()
        running.communicate(timeout=60)


def run(block: Block, folder: Path, url: str) -> str:
    text = block.text.replace("127.0.0.1:8000", url.removeprefix("http://"))
    twin = folder / ".samovar" / "twin.json"
    if "127.0.0.1:8001" in text:  # the door that streams
        stream_url = json.loads(twin.read_text("utf-8"))["stream_url"]
        text = text.replace("http://127.0.0.1:8001", stream_url)
    if block.language == "console":
        text = "\n".join(line[2:] for line in text.splitlines() if line.startswith("$ "))
    if block.language == "python":
        command = [str(ROOT / ".venvs" / "clients" / "bin" / "python"), "-c", text]
    else:
        command = ["bash", "-euo", "pipefail", "-c", text]
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=env, timeout=120, check=False
    )
    assert done.returncode == 0, f"line {block.line}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_until_known(block: Block, folder: Path, url: str) -> str:
    """The output of a block; a model that was just added is known within a few seconds."""
    deadline = time.monotonic() + 15
    while True:
        output = run(block, folder, url)
        known = not re.search("(model|version)_not_found", output)
        if known or time.monotonic() > deadline:
            return output
        time.sleep(0.5)


def check_json(block: Block, output: str) -> None:
    wanted, got = json.loads(block.text), json.loads(output.strip().splitlines()[-1])
    comparison = compare(wanted, got, 0.02)
    assert comparison.same, f"line {block.line}: {comparison.faults}"


def check_console(block: Block, output: str) -> None:
    """Every line that is shown must come, in order; a line of … stands for any number."""
    rest = output
    for line in block.text.splitlines():
        if not line.startswith("$ ") and line.strip() not in ("", "…"):
            assert line in rest, f"line {block.line}: {line!r} is not in\n{output}"
            rest = rest.partition(line)[2]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.name, marks=[pytest.mark.slow] if page.name in LONG else [])
        for page in PAGES
    ],
)
def test_a_page_does_what_it_says(page: Path, request: pytest.FixtureRequest) -> None:
    folder, url = request.getfixturevalue("served" if page.name == "serve.md" else "reader")
    output: Any = ""
    found = blocks(page)
    for block, following in zip_longest(found, found[1:]):
        if block.language in RUNNABLE:
            output = run_until_known(block, folder, url)
            refusal = following is not None and following.text.startswith('{"error"')
            assert output.startswith('{"error"') == refusal, f"line {block.line}: {output}"
            if block.language == "console":
                check_console(block, output)
        elif block.language == "json":
            check_json(block, output)
        elif block.language == "toml" and block.save_as:
            path = folder / block.save_as
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)


def test_generated_tables_are_current() -> None:
    for tool in (codes_table, steps_table):
        text = tool.PAGE.read_text("utf-8")
        assert tool.page(text) == text, f"run python -m {tool.__name__}"


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, *sorted((ROOT / "docs" / "adr").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
