"""Servers as processes: started, frozen while others are measured, weighed and stopped."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_READY_S = 90.0


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process and all that it started, in a session of their own."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._log = log
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
        return self._log.read_text(errors="replace")

    def freeze(self) -> None:
        """Let it wait, so that it takes no time from those that are measured."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def cpu_s(self) -> float:
        """The CPU seconds of all its processes so far."""
        return sum(_cpu_s(number) for number in self.tree())

    def pss_mb(self) -> float:
        """Its memory in MB: each page divided by those that share it."""
        return sum(_pss_kb(number) for number in self.tree()) / 1024

    def tree(self) -> list[int]:
        """Its processes: those below it, and those of its session."""
        rows = {number: row for number in _numbers() if (row := _stat(number))}
        found = {self._process.pid}
        while more := {n for n, row in rows.items() if n not in found and _kin(row, found)}:
            found |= more
        return [number for number in found if number in rows]

    def stop(self) -> None:
        """End it: politely, then not."""
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, what: signal.Signals) -> None:
        for number in self.tree():
            try:
                os.kill(number, what)
            except ProcessLookupError:
                continue


def _inherited() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


def _numbers() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(number: int) -> list[str]:
    """The fields of /proc/…/stat from the state on: parent at 1, session at 3, times at 11, 12."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _kin(row: list[str], found: set[int]) -> bool:
    return int(row[1]) in found or int(row[3]) in found


def _cpu_s(number: int) -> float:
    row = _stat(number)
    return (int(row[11]) + int(row[12])) * _TICK_S if row else 0.0


def _pss_kb(number: int) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
