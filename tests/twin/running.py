"""`samovar up` as a process, for tests: started, asked, ended, and what it leaves behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
_COMMAND = [sys.executable, "-c", "from samovar_cli.main import main; main()"]
_LIMIT_S = 90.0


def samovar(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command of the tool, run to its end."""
    return subprocess.run(
        [*_COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )


def own_project(folder: Path) -> Path:
    """The project in a folder as its user has it, with models of its own that may be added to."""
    for entry in ROOT.iterdir():
        if entry.name not in {"models", ".samovar", ".git"}:
            (folder / entry.name).symlink_to(entry)
    own_models(folder / "models")
    return folder


def own_models(folder: Path) -> Path:
    """The project's models in a folder that may be added to; their files are the same."""
    return Path(shutil.copytree(ROOT / "models", folder, copy_function=os.link))


class RunningTwin:
    """A twin that is ready. Its state lies in `state`."""

    def __init__(self, folder: Path, state: Path, *options: str) -> None:
        command = [*_COMMAND, "up", "--port", "0", "--state-dir", str(state), *options]
        (state / "twin.json").unlink(missing_ok=True)  # a killed twin's: this one's is waited for
        self._output = state.with_suffix(".txt").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            command, cwd=folder, stdout=self._output, stderr=subprocess.STDOUT
        )
        self.state = state
        record = self._wait(state / "twin.json")
        self.pid: int = record["pid"]
        self.url: str = record["url"]
        self.lambda_url: str = record["lambda_url"]
        self.aws_url: str = record["aws_url"]
        self.stream_url: str = record["stream_url"]

    @property
    def output(self) -> str:
        """What it has printed so far."""
        self._output.seek(0)
        return self._output.read()

    def end(self, number: int = signal.SIGINT) -> int:
        """Send it a signal; its exit status."""
        self._process.send_signal(number)
        try:
            return self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait()
            self._output.close()

    def _wait(self, path: Path) -> Any:
        deadline = time.monotonic() + _LIMIT_S
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise AssertionError(f"the twin did not start:\n{self.output}")
            time.sleep(0.05)
        return json.loads(path.read_text("utf-8"))


def children(pid: int) -> set[int]:
    """The processes that a process has started and that are alive."""
    return {child for child in _processes() if _parent(child) == pid}


def left_of(pids: set[int], wait_s: float = 5.0) -> set[int]:
    """Those that are still alive after a while; none as soon as all are gone."""
    deadline = time.monotonic() + wait_s
    while (left := {pid for pid in pids if _alive(pid)}) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _processes() -> set[int]:
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()}


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return ["X", "0"]
    return text.rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _alive(pid: int) -> bool:
    return _stat(pid)[0] not in "XZ" and pid != os.getpid()
