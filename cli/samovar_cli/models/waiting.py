"""How long this process has waited for a CPU that others had, as Linux counts it."""

import os
from pathlib import Path

_TASKS = Path("/proc/self/task")


def waited_ms() -> float:
    """The sum over all threads since they began, milliseconds; 0 where the system does not say.

    Of `schedstat`, three numbers a thread, it is the second: nanoseconds on a run queue.
    """
    total = 0
    for task in _tasks():
        try:
            with open(_TASKS / task / "schedstat", "rb") as file:  # noqa: PTH123 - twice as fast
                total += int(file.read().split()[1])
        except (OSError, IndexError, ValueError):
            continue  # a thread that has just ended, or a system that does not count
    return total / 1e6


def _tasks() -> list[str]:
    try:
        return os.listdir(_TASKS)  # noqa: PTH208 - names are all that is needed
    except OSError:
        return []
