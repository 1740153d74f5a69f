"""Child processes that cannot outlive this one."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GUARDIAN = Path(__file__).with_name("guardian.py")


class Family:
    """A process group with a guardian that ends it when this process is gone."""

    def __init__(self) -> None:
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            process_group=0,
        )

    @property
    def group(self) -> int:
        """The process group that children are to join."""
        return self._guardian.pid

    def spawn(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, log: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """A child in the group: it sees this environment only and writes to `log`."""
        return subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=self.group,
        )

    def end(self) -> None:
        """End every child that is left, and wait until the guardian is gone."""
        assert self._guardian.stdin is not None  # noqa: S101 - it was opened as a pipe
        self._guardian.stdin.close()
        self._guardian.wait()
