"""Graphs that are opened in a thread while what else a program needs is read."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samovar.ports import Runner


class Meanwhile(Mapping[str, "Runner"]):
    """Runners by role, on their way: who asks for one waits for all of them.

    onnxruntime opens a graph without Python's lock: a tokenizer and a template are read in the
    same time.
    """

    def __init__(self, opens: Mapping[str, Callable[[], Runner]]) -> None:
        self._opens = opens
        self._found: dict[str, Runner] = {}
        self._error: Exception | None = None
        self._thread = Thread(target=self._open, name="opening")
        self._thread.start()

    def wait(self) -> None:
        """Until nothing is under way, whatever came of it."""
        self._thread.join()

    def __getitem__(self, role: str) -> Runner:
        """Raises what opening it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._found[role]

    def __iter__(self) -> Iterator[str]:
        return iter(self._opens)

    def __len__(self) -> int:
        return len(self._opens)

    def _open(self) -> None:
        try:
            for role, opens in self._opens.items():
                self._found[role] = opens()
        except Exception as error:  # noqa: BLE001 - it is raised where somebody asks
            self._error = error
