"""`python -m benchmarks.peers.guard`: ends servers that the one who started them cannot.

Its parent writes `+ PID` for a server that runs and `- PID` for one that was stopped. When
the pipe closes, however the parent ended, what is left is killed: frozen servers would wait
for ever.
"""

import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from benchmarks.peers.trees import send


@contextmanager
def guarded() -> Iterator[IO[str]]:
    """While this lasts, a guard listens: write to it. Nothing is left after."""
    command = [sys.executable, "-m", "benchmarks.peers.guard"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, process_group=0) as guard:
        assert guard.stdin is not None  # noqa: S101 - it was opened as a pipe
        yield guard.stdin


def left(lines: Iterable[str]) -> set[int]:
    """The servers that were started and not stopped."""
    running: set[int] = set()
    for line in lines:
        sign, number = line.split()
        (running.add if sign == "+" else running.discard)(int(number))
    return running


def main() -> None:
    """Wait for the end of standard input, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for root in left(sys.stdin):
        send(root, signal.SIGKILL)


if __name__ == "__main__":
    main()
