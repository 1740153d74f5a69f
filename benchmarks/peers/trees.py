"""A process and all that it started, read from /proc."""

import os
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """The processes below one, and those of its session; itself first, while it lives."""
    rows = {number: row for number in _numbers() if (row := _stat(number))}
    found = {root}
    while more := {n for n, row in rows.items() if n not in found and _kin(row, found)}:
        found |= more
    return sorted((number for number in found if number in rows), key=lambda n: n != root)


def send(root: int, what: signal.Signals) -> None:
    """A signal to each process of a tree."""
    _send(tree(root), what)


def born(root: int) -> dict[int, str]:
    """The processes of a tree with the tick each began at: a number may be given again."""
    return {number: row[19] for number in tree(root) if (row := _stat(number))}


def kill(seen: Mapping[int, str]) -> bool:
    """Kill those of them that still run; whether none does. A corpse runs no more."""
    rows = {number: row for number in seen if (row := _stat(number))}
    alive = [n for n, row in rows.items() if row[19] == seen[n] and row[0] not in "ZX"]
    _send(alive, signal.SIGKILL)
    return not alive


def _send(numbers: Iterable[int], what: signal.Signals) -> None:
    for number in numbers:
        try:
            os.kill(number, what)
        except ProcessLookupError:
            continue


def cpu_s(root: int) -> float:
    """The CPU seconds of a tree so far."""
    return sum(_cpu_s(_stat(number)) for number in tree(root))


def pss_mb(root: int) -> float:
    """The memory of a tree in MB (10⁶ bytes): each page divided by those that share it."""
    return sum(_pss_kb(number) for number in tree(root)) * 1024 / 1e6


def _numbers() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(number: int) -> list[str]:
    """The fields of /proc/…/stat from the state on: parent at 1, session at 3, times at 11, 12."""
    try:
        return Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _kin(row: list[str], found: set[int]) -> bool:
    return int(row[1]) in found or int(row[3]) in found


def _cpu_s(row: list[str]) -> float:
    return (int(row[11]) + int(row[12])) * _TICK_S if row else 0.0


def _pss_kb(number: int) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
