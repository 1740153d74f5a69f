"""What opens graphs in this process, on the best execution provider that there is."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.compiled import PLAIN

if TYPE_CHECKING:
    from samovar.ports import Runner

log = logging.getLogger("samovar")
_CPU = "CPUExecutionProvider"
_SMALL_BYTES = 1_000_000
"""Of a graph with its weights. Its runs take microseconds, and a second thread longer to wake."""


class Opener:
    """Opens each graph with so many threads; imports onnxruntime when it is asked to.

    0 is one thread for a small graph, and for any other as many as onnxruntime chooses.
    `waits` is what OnnxRunner says of it.
    """

    def __init__(self, threads: int, *, waits: bool = False) -> None:
        self._threads = threads
        self._waits = waits

    @property
    def takes_forms(self) -> bool:
        """Whether compiled forms are of use: they are for CPUs, and a GPU has its own."""
        from samovar.adapters.onnx import available_providers

        return available_providers()[0] == _CPU

    def for_loops(self) -> Opener:
        """What opens graphs that run again and again for one answer."""
        return Opener(self._threads, waits=True)

    def __call__(self, path: Path, kind: str = PLAIN, /) -> Runner:
        """A session over a file. Raises ModelCorrupt."""
        from samovar.adapters.onnx import OnnxRunner, available_providers

        wanted = available_providers()
        threads = self._threads or _few(path)
        runner = OnnxRunner(path, threads=threads, providers=wanted, kind=kind, waits=self._waits)
        if wanted[0] not in runner.providers:  # onnxruntime itself says nothing, and is slow
            said = "%s runs on %s: this onnxruntime wants %s, whose libraries or device do not fit"
            log.warning(said, path.name, runner.providers[0], wanted[0])
        return runner


def _few(path: Path) -> int:
    """The threads of a graph about which nothing is said: 1, or 0 for as many as there are."""
    files = (entry.stat().st_size for entry in path.parent.iterdir() if entry.is_file())
    return int(sum(files) <= _SMALL_BYTES)
