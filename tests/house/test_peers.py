"""The peers that are measured beside: locked, in environments of their own, and what is said."""

import re
from pathlib import Path

import pytest

from benchmarks.peers.in_functions import FUNCTIONS
from benchmarks.peers.table import PEERS

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKED = sorted(REQUIREMENTS.glob("peer-*.txt"))
SCRIPTS = sorted((ROOT / "benchmarks" / "peers").glob("*/*.py"))
TEXT_PEERS = {"peer-genai", "peer-transformers"}  # of `make bench-generation`
ON_THE_GRAPH = [path for path in LOCKED if path.stem != "peer-transformers"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """The packages of a lock file for this Python, with their versions."""
    return {
        name: version
        for name, version, when in PIN.findall(path.read_text("utf-8"))
        if when != "python_full_version >= '3.12'"
    }


def names(text: str) -> set[str]:
    """The packages that are asked for, without extras and bounds."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {re.split(r"[\[<>=~ ]", line)[0] for line in lines}


def test_each_peer_is_measured_in_an_environment_that_is_locked_and_no_other_is_locked():
    measured = {peer.environment for peer in PEERS if peer.environment}
    measured |= {f"peer-{peer.environment}" for peer in FUNCTIONS}
    measured |= TEXT_PEERS
    assert measured == {path.stem for path in LOCKED}
    assert measured == {path.stem for path in REQUIREMENTS.glob("peer-*.in")}


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.stem)
def test_each_package_of_a_peer_is_pinned_and_hashed_and_no_index_is_named(path: Path):
    text = path.read_text("utf-8")
    packages = [line for line in text.splitlines() if not line.startswith(" ")]
    assert packages
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert text.count(" \\\n    --hash=sha256:") >= len(packages)
    assert "//" not in text
    assert "index" not in text


@pytest.mark.parametrize("path", ON_THE_GRAPH, ids=lambda path: path.stem)
def test_a_peer_runs_the_graph_with_the_onnxruntime_and_the_numpy_that_ours_does(path: Path):
    ours, theirs = pins(REQUIREMENTS / "dev.txt"), pins(path)
    for package in ("onnxruntime", "numpy"):
        assert theirs[package] == ours[package], f"run `make lock`: {package} of {path.stem}"


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.stem)
def test_a_lock_file_has_all_that_its_peer_asks_for(path: Path):
    asked = names(path.with_suffix(".in").read_text("utf-8"))
    assert asked <= pins(path).keys()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_each_script_of_a_peer_is_python(path: Path):
    compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)


def test_each_function_that_is_measured_is_there():
    folder = ROOT / "benchmarks" / "peers" / "functions"
    assert all((folder / f"{peer.module}.py").is_file() for peer in FUNCTIONS)


def test_make_bench_sets_up_the_peers_and_make_lock_resolves_them():
    text = (ROOT / "Makefile").read_text("utf-8")
    recipes = dict(re.findall(r"^([a-z]+): (.*(?:\n\t.*)*)", text, re.MULTILINE))
    assert "$(PEERS)" in recipes["bench"]
    assert "$(PEER_NAMES)" in recipes["lock"]


def test_the_documentation_names_every_server_that_is_measured():
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    for peer in (*PEERS, *FUNCTIONS):
        assert f"| {peer.name} |" in text, peer.name
