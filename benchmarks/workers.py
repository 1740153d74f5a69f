"""Variants in processes of their own, each with its own interpreter, measured in turns."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.interleave import Sample, turned
from benchmarks.places import ROOT, environment


@dataclass(frozen=True, slots=True)
class Entry:
    """What a process calls to get its variants: "module:function" and its arguments."""

    python: Path
    says: str
    arguments: tuple[str, ...] = ()
    python_path: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """A process that has variants and times them. Raises RuntimeError when it cannot."""

    def __init__(self, entry: Entry) -> None:
        path = f"{entry.python_path}:{ROOT}" if entry.python_path else str(ROOT)
        self._process = subprocess.Popen(
            [entry.python, "-m", "benchmarks.stall", entry.says, *entry.arguments],
            env=environment(path, **entry.variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self._entry = entry
        try:
            self.names: list[str] = self._read()
        except RuntimeError:
            self._end()
            raise

    def time(self, name: str, inner: int = 1) -> tuple[float, float]:
        """Wall and CPU seconds of one call, over `inner` calls."""
        assert self._process.stdin is not None  # noqa: S101 - tells the types
        self._process.stdin.write(json.dumps([name, inner]) + "\n")
        self._process.stdin.flush()
        wall_s, cpu_s = self._read()
        return wall_s, cpu_s

    def _read(self) -> list:  # type: ignore[type-arg]  # names, or two numbers
        assert self._process.stdout is not None  # noqa: S101 - tells the types
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._entry.says} ended: see its message above")
        found: list[object] = json.loads(line)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()


def take_turns(
    entries: Mapping[str, Entry], rounds: Iterable[int], inner: int
) -> dict[str, Sample]:
    """Every variant of every process in every round. A row is named as its process names it.

    The keys of `entries` are for people; two processes may not have rows of one name.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(entry)) for entry in entries.values()]
        rows = {name: worker for worker in workers for name in worker.names}
        for name, worker in rows.items():
            worker.time(name, inner)  # caches, and what is made at first use
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for number in rounds:
            for name in turned(list(rows), number):
                times[name].append(rows[name].time(name, inner))
    return {
        name: Sample(name, tuple(w for w, _ in found), tuple(c for _, c in found))
        for name, found in times.items()
    }
