"""Servers that are measured end with the one who measures, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.peers.guard import left
from benchmarks.peers.processes import Server
from benchmarks.peers.trees import tree

ROOT = Path(__file__).resolve().parents[2]
# Starts a server that starts another, freezes both, says who they are, and waits.
MEASURES = """
import sys, time
from pathlib import Path
from benchmarks.peers.guard import guarded
from benchmarks.peers.processes import Server
child = "import time; time.sleep(60)"
code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
with guarded() as guard:
    folder = Path(sys.argv[1])
    server = Server([sys.executable, "-c", code], {}, folder, folder / "log", guard)
    while len(server.tree()) < 2:
        time.sleep(0.01)
    server.freeze()
    print(*server.tree(), flush=True)
    time.sleep(60)
"""


def gone(number: int) -> bool:
    """Whether a process is no more, or a corpse that its new parent has not buried yet."""
    try:
        state = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_frozen_servers_are_killed_when_the_one_who_measures_is(tmp_path: Path):
    command = [sys.executable, "-c", MEASURES, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as measuring:
        servers = [int(number) for number in measuring.stdout.readline().split()]
        assert len(servers) == 2
        assert not any(gone(number) for number in servers)
        os.kill(measuring.pid, signal.SIGKILL)
    end = time.monotonic() + 30
    while not all(gone(number) for number in servers) and time.monotonic() < end:
        time.sleep(0.02)
    assert all(gone(number) for number in servers)


def test_a_server_that_was_stopped_is_no_longer_the_guards():
    assert left(["+ 10\n", "+ 11\n", "- 10\n"]) == {11}


def test_a_server_that_ends_before_it_answers_says_what_it_wrote(tmp_path: Path):
    command = [sys.executable, "-c", "print('no such model')"]
    with (tmp_path / "guard").open("w") as guard:
        server = Server(command, {}, tmp_path, tmp_path / "log", guard)

        def never() -> None:
            raise ConnectionError

        with pytest.raises(RuntimeError, match="no such model"):
            server.wait(never)
        server.stop()
    assert (tmp_path / "guard").read_text() == f"+ {server.pid}\n- {server.pid}\n"


def test_a_server_that_will_not_listen_is_killed_with_its_children(tmp_path: Path):
    child = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with (tmp_path / "guard").open("w") as guard:
        server = Server([sys.executable, "-c", code], {}, tmp_path, tmp_path / "log", guard)
        while len(server.tree()) < 2:
            time.sleep(0.01)
        children = tree(server.pid)[1:]
        server.freeze()
        server.stop()
    assert children
    assert all(gone(number) for number in children)
