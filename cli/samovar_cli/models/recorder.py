"""A runner that tells what it is fed, and runs it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from samovar.ports import Runner
from samovar.types import Array, Signature, Tensors

Feed = Mapping[str, Array]


class Recorder:
    """One graph's runner; `note` is told of each run's tensors, before it."""

    def __init__(self, runner: Runner, note: Callable[[Mapping[str, Any]], None]) -> None:
        self._runner = runner
        self._note = note

    @property
    def signature(self) -> Signature:
        """The graph's own."""
        return self._runner.signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """As the runner's."""
        self._note(tensors)
        return self._runner.run(tensors, outputs)

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        """As the runner's."""
        self._note(tensors)
        return self._runner.run_kept(tensors, outputs, kept)


def as_array(value: Any) -> Array:
    """What was fed as an array, where a runner kept it on its device."""
    found: Array = value if isinstance(value, np.ndarray) else value.numpy()
    return found
