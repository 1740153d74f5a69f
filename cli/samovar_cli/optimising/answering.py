"""What a model folder answers to the user's rows: alone, together, and in raw tensors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from samovar import pipeline
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.onnx import OnnxRunner, available_providers
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.ports import Runner
from samovar.types import Array, Payload, Signature, Tensors

TOGETHER = 8  # requests that share a run, as a busy door would have it
_MOST_BYTES = 200_000_000  # of raw tensors that are kept of one model
_HEAD = frozenset({"id", "model", "version"})
Predictions = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A version of a model in a folder of models."""

    root: Path
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Answers:
    """By request, in order: its predictions, or why there are none; its raw outputs, flat."""

    alone: tuple[Predictions | str, ...]
    together: tuple[Predictions | str, ...]  # () where requests share no run
    heads: Mapping[str, tuple[Array, ...]]  # of as many requests as there was room for


def open_plainly(place: Place, threads: int, wrap: "Wrap | None" = None) -> Model:
    """The model from its .onnx files, whatever compiled forms there are. Raises ModelFault."""

    def open_runner(path: Path) -> Runner:
        runner = OnnxRunner(path, threads=threads, providers=available_providers())
        return wrap(path, runner) if wrap else runner

    store = DirectoryStore(place.root)
    host = LocalPredictor(store, open_runner, SystemClock())
    return host.load(place.name, place.version)


Wrap = Callable[[Path, Runner], Runner]


def is_gpu_here() -> bool:
    """Whether graphs are opened on a GPU in this process."""
    return available_providers()[0] != "CPUExecutionProvider"


def answer_all(place: Place, payloads: Sequence[Payload], threads: int) -> Answers:
    """Every request, by itself and with others. Raises NotFound, ModelFault."""
    watched: list[Watched] = []

    def wrap(_path: Path, runner: Runner) -> Runner:
        watched.append(Watched(runner))
        return watched[-1]

    model = open_plainly(place, threads, wrap)
    single = model.spec.program.name == "single"
    alone, kept = [], _Kept()
    for payload in payloads:
        alone.append(_one(model, payload))
        kept.take(watched[0].taken() if single else {})
    together = _together(model, payloads) if model.shares_batch else ()
    return Answers(tuple(alone), together, kept.heads())


def _one(model: Model, payload: Payload) -> Predictions | str:
    try:
        return _predictions(pipeline.infer(payload, model))
    except SamovarError as error:
        return error.message


def _together(model: Model, payloads: Sequence[Payload]) -> tuple[Predictions | str, ...]:
    size = max(min(model.spec.batch.max_size, TOGETHER), 1)
    found: list[Predictions | str] = []
    for start in range(0, len(payloads), size):
        for answer in pipeline.infer_many(payloads[start : start + size], model):
            if isinstance(answer, SamovarError):
                found.append(answer.message)
            else:
                found.append(_predictions(answer))
    return tuple(found)


def _predictions(answer: Payload) -> Predictions:
    """One a row; none of an answer in tensors, whose heads are compared raw."""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:  # tensors in binary
        return []
    if "outputs" in said:
        return []
    own = {key: value for key, value in said.items() if key not in _HEAD}
    rows: Predictions = own.get("predictions", [own])
    return rows


class Watched:
    """A runner whose outputs are seen."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._seen: list[dict[str, Array]] = []

    @property
    def signature(self) -> Signature:
        return self._runner.signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        found = self._runner.run(tensors, outputs)
        self._seen.append(found)
        return found

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        return self._runner.run_kept(tensors, outputs, kept)

    def taken(self) -> dict[str, Array]:
        """What came out since this was last asked: each output flat, its runs in a row."""
        seen, self._seen = self._seen, []
        names = seen[0].keys() if seen else ()
        return {
            name: np.concatenate([run[name].reshape(-1) for run in seen if name in run])
            for name in names
        }


class _Kept:
    """Raw outputs of one request after another, as long as there is room."""

    def __init__(self) -> None:
        self._heads: dict[str, list[Array]] = {}
        self._room = _MOST_BYTES

    def take(self, outputs: Mapping[str, Array]) -> None:
        if self._room > 0:
            for name, array in outputs.items():
                self._heads.setdefault(name, []).append(array)
                self._room -= array.nbytes

    def heads(self) -> dict[str, tuple[Array, ...]]:
        return {name: tuple(arrays) for name, arrays in self._heads.items()}
