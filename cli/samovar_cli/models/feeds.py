"""What the golden examples of a model put into each of its graphs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from samovar import pipeline
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import SamovarError
from samovar.ports import Runner
from samovar.types import DTYPES, Array, TensorSpec

from samovar_cli.models.recorder import Feed, Recorder, as_array

_MOST = 4  # feeds of one graph
_MOST_BYTES = 64_000_000  # that a graph's recorder holds at once


def record_feeds(root: Path, name: str, version: str) -> dict[str, tuple[Feed, ...]]:
    """By graph: what it is fed when the golden examples are run; made-up rows without examples.

    Empty for a graph that nothing can be fed to. Raises NotFound, ModelFault.
    """
    seen: dict[str, _Kept] = {}

    def open_recorded(path: Path) -> Runner:
        graph = path.relative_to(root / name / version).as_posix()
        seen[graph] = _Kept(OnnxRunner(path))
        return seen[graph].runner

    host = LocalPredictor(DirectoryStore(root), open_recorded, SystemClock())
    model = host.load(name, version)
    for example in model.spec.examples:
        pipeline.infer(example.payload, model)
    return {graph: kept.chosen() for graph, kept in seen.items()}


class _Kept:
    """What one graph was fed: one feed of each shape."""

    def __init__(self, runner: Runner) -> None:
        self.runner = Recorder(runner, self._note)
        self._fed: dict[tuple[tuple[int, ...], ...], Feed] = {}
        self._room = _MOST_BYTES

    def chosen(self) -> tuple[Feed, ...]:
        """A few of different sizes, the smallest and the largest among them."""
        fed = sorted(self._fed.values(), key=_elements) or _made_up(self.runner)
        if len(fed) <= _MOST:
            return tuple(fed)
        step = (len(fed) - 1) / (_MOST - 1)
        return tuple(fed[round(index * step)] for index in range(_MOST))

    def _note(self, tensors: Mapping[str, Any]) -> None:
        shapes = tuple(tuple(as_array(value).shape) for value in tensors.values())
        if shapes not in self._fed and self._room > 0:
            feed = {name: np.array(as_array(value)) for name, value in tensors.items()}
            self._fed[shapes] = feed
            self._room -= sum(array.nbytes for array in feed.values())


def _elements(feed: Feed) -> int:
    return sum(array.size for array in feed.values())


def _made_up(runner: Runner) -> list[Feed]:
    """One row of zeros, where the graph takes it."""
    feed = {spec.name: _zeros(spec) for spec in runner.signature.inputs}
    try:
        runner.run(feed, ())
    except SamovarError:
        return []
    return [feed]


def _zeros(spec: TensorSpec) -> Array:
    shape = [max(size, 1) for size in spec.shape]
    if spec.datatype == "BYTES":
        return np.full(shape, "", dtype=object)
    return np.zeros(shape, DTYPES[spec.datatype])
