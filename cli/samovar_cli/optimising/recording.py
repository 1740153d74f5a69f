"""What requests put into each graph of a model: what a build is calibrated on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.ports import Runner
from samovar.types import Array, Payload, Signature, Tensors

from samovar_cli.optimising.answering import Place, open_plainly

MOST = 256  # feeds of one graph, that a range is to be read from
_MOST_BYTES = 256_000_000
Feed = Mapping[str, Array]


def record(
    place: Place, payloads: Sequence[Payload], most: int = MOST
) -> dict[str, tuple[Feed, ...]]:
    """By graph, what the requests put into it, in order: `most` at most, as far as there is room.

    Requests that the model refuses put nothing in. Raises NotFound, ModelFault.
    """
    seen: dict[str, _Recorder] = {}
    folder = place.root / place.name / place.version

    def wrap(path: Path, runner: Runner) -> Runner:
        graph = path.relative_to(folder).as_posix()
        return seen.setdefault(graph, _Recorder(runner, most))

    model = open_plainly(place, 1, wrap)
    for payload in payloads:
        try:
            pipeline.infer(payload, model)
        except SamovarError:
            continue
    return {graph: tuple(recorder.fed) for graph, recorder in seen.items()}


class _Recorder:
    """A runner that remembers what it was fed."""

    def __init__(self, runner: Runner, most: int) -> None:
        self._runner = runner
        self._most = most
        self._room = _MOST_BYTES
        self.fed: list[Feed] = []

    @property
    def signature(self) -> Signature:
        return self._runner.signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        self._note(tensors)
        return self._runner.run(tensors, outputs)

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        self._note(tensors)
        return self._runner.run_kept(tensors, outputs, kept)

    def _note(self, tensors: Mapping[str, Any]) -> None:
        if len(self.fed) < self._most and self._room > 0:
            feed = {name: np.array(_array(value)) for name, value in tensors.items()}
            self.fed.append(feed)
            self._room -= sum(array.nbytes for array in feed.values())


def _array(value: Any) -> Array:
    found: Array = value if isinstance(value, np.ndarray) else value.numpy()
    return found
