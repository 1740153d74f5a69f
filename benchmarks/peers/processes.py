"""Servers as processes: started, frozen while others are measured, weighed and stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from benchmarks.peers import trees

_READY_S = 120.0
_POLITE_S = 10.0


class Server:
    """A process and all that it started, in a session of their own."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        guard: IO[str],
    ) -> None:
        self._log, self._guard = log, guard
        self._seen: dict[int, str] = {}
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**_inherited(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell("+")

    @property
    def pid(self) -> int:
        """The first of its processes."""
        return self._process.pid

    def wait(self, answers: Callable[[], object]) -> None:
        """Until it answers without an error. Raises RuntimeError with the end of its log."""
        deadline, last = time.monotonic() + _READY_S, ""
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                answers()
            except (OSError, ValueError, LookupError) as error:
                last = repr(error)
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"not ready, {last}; its log ends:\n{self.log()[-3000:]}")

    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text("utf-8", errors="replace")

    def freeze(self) -> None:
        """Let it wait, so that it takes no time from those that are measured."""
        trees.send(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        trees.send(self.pid, signal.SIGCONT)

    def cpu_s(self) -> float:
        """The CPU seconds of all its processes so far."""
        return trees.cpu_s(self.pid)

    def pss_mb(self) -> float:
        """Its memory in MB: each page divided by those that share it."""
        return trees.pss_mb(self.pid)

    def tree(self) -> list[int]:
        """Its processes; none once it is stopped."""
        return trees.tree(self.pid)

    def ask_to_end(self) -> None:
        """Tell it to end, and do not wait."""
        self._seen |= trees.born(self.pid)
        self.thaw()
        self._process.terminate()

    def stop(self) -> None:
        """End it and all that it started: politely, then not."""
        self.ask_to_end()
        try:
            self._process.wait(_POLITE_S)
        except subprocess.TimeoutExpired:
            pass  # it is killed below, with what it left
        finally:
            self._kill(self._seen | trees.born(self.pid))
            self._tell("-")

    def _kill(self, seen: Mapping[int, str]) -> None:
        deadline = time.monotonic() + _POLITE_S
        while not trees.kill(seen) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._process.wait()

    def _tell(self, sign: str) -> None:
        self._guard.write(f"{sign} {self.pid}\n")
        self._guard.flush()


def _inherited() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {"ORT_DISABLE_TELEMETRY": "1"}  # in every server: its thread would be measured
