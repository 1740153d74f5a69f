"""What opens graphs in this process, on the best execution provider that there is."""

import logging
from pathlib import Path

from samovar.compiled import PLAIN
from samovar.ports import Runner

log = logging.getLogger("samovar")
_CPU = "CPUExecutionProvider"


class Opener:
    """Opens each graph with so many threads; 0 lets onnxruntime choose. Imports it when asked."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    @property
    def takes_forms(self) -> bool:
        """Whether compiled forms are of use: they are for CPUs, and a GPU has its own."""
        from samovar.adapters.onnx import available_providers

        return available_providers()[0] == _CPU

    def __call__(self, path: Path, kind: str = PLAIN, /) -> Runner:
        """A session over a file. Raises ModelCorrupt."""
        from samovar.adapters.onnx import OnnxRunner, available_providers

        wanted = available_providers()
        runner = OnnxRunner(path, threads=self._threads, providers=wanted, kind=kind)
        if wanted[0] not in runner.providers:  # onnxruntime itself says nothing, and is slow
            said = "%s runs on %s: this onnxruntime wants %s, whose libraries or device do not fit"
            log.warning(said, path.name, runner.providers[0], wanted[0])
        return runner
