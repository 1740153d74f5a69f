"""What model folders cost to run: each opened in processes of its own, in turns with the others."""

import contextlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar import pipeline
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.ports import Runner
from samovar.types import Array, Payload, Signature, Tensors

from samovar_cli.models.apart import apart
from samovar_cli.models.measuring import resident_mb
from samovar_cli.optimising.answering import Place, open_plainly

_FEWEST = 3  # requests of a trial, however long they take


@dataclass(frozen=True, slots=True)
class Trial:
    """One process: until the model was open, then a request as it usually is; and what it held."""

    open_ms: float
    request_ms: float
    graph_ms: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians over trials; `low_ms` and `high_ms` are the fastest and the slowest trial's."""

    size: int  # bytes of the graphs with their weights
    open_ms: float
    request_ms: float
    low_ms: float
    high_ms: float
    graph_ms: float  # of a request, what is spent in graphs: the rest is steps, and JSON
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each is tried, for how long, and on how many threads."""

    rounds: int = 5
    seconds: float = 0.5
    threads: int = 1


def measure_all(
    places: Mapping[str, Place],
    payloads: Sequence[Payload],
    effort: Effort,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Cost]:
    """What each costs, by name, but for those that do not survive it.

    Each round tries all, every other one in the reverse order. Raises CommandFailed where the
    first, the original, does not survive it.
    """
    trials: dict[str, list[Trial]] = {name: [] for name in places}
    first = next(iter(places), "")
    for turn in range(effort.rounds):
        for name in list(trials)[:: 1 if turn % 2 == 0 else -1]:
            try:
                trials[name].append(apart(_trial, places[name], payloads, effort))
            except SamovarError:
                if name == first:
                    raise
                del trials[name]
            done()
    return {name: _cost(graph_bytes(places[name]), found) for name, found in trials.items()}


def _cost(size: int, trials: Sequence[Trial]) -> Cost:
    requests = [trial.request_ms for trial in trials]
    return Cost(
        size,
        statistics.median(trial.open_ms for trial in trials),
        statistics.median(requests),
        min(requests),
        max(requests),
        statistics.median(trial.graph_ms for trial in trials),
        statistics.median(trial.memory_mb for trial in trials),
    )


class _Clock:
    """How long the graphs of a model have run."""

    def __init__(self) -> None:
        self.taken_ms = 0.0

    def wrap(self, _path: Path, runner: Runner) -> Runner:
        return _Timed(runner, self)


class _Timed:
    """A runner under a clock."""

    def __init__(self, runner: Runner, clock: _Clock) -> None:
        self._runner = runner
        self._clock = clock

    @property
    def signature(self) -> Signature:
        return self._runner.signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        start = time.perf_counter_ns()
        found = self._runner.run(tensors, outputs)
        self._clock.taken_ms += (time.perf_counter_ns() - start) / 1e6
        return found

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        start = time.perf_counter_ns()
        found = self._runner.run_kept(tensors, outputs, kept)
        self._clock.taken_ms += (time.perf_counter_ns() - start) / 1e6
        return found


def _trial(place: Place, payloads: Sequence[Payload], effort: Effort) -> Trial:
    before, start = resident_mb(), time.perf_counter()
    clock = _Clock()
    model = open_plainly(place, effort.threads, clock.wrap)
    open_ms = (time.perf_counter() - start) * 1e3
    for payload in payloads:  # warm, every shape once
        _ask(model, payload, clock)
    memory_mb = max(resident_mb() - before, 0.0)
    times: list[tuple[float, float]] = []
    end = time.perf_counter() + effort.seconds
    while len(times) < _FEWEST * len(payloads) or time.perf_counter() < end:
        times += [_ask(model, payload, clock) for payload in payloads]
    request_ms, graph_ms = map(statistics.median, zip(*times, strict=True))
    return Trial(open_ms, request_ms, graph_ms, memory_mb)


def _ask(model: Model, payload: Payload, clock: _Clock) -> tuple[float, float]:
    """Milliseconds of a request, and of those the graphs'. What fails is told by its quality."""
    start, before = time.perf_counter_ns(), clock.taken_ms
    with contextlib.suppress(SamovarError):
        pipeline.infer(payload, model)
    return (time.perf_counter_ns() - start) / 1e6, clock.taken_ms - before


def graph_bytes(place: Place) -> int:
    """The bytes of a version's graphs with their weights: its .onnx files, and external data."""
    from samovar.adapters.model_files import inspect

    folder = place.root / place.name / place.version
    files: set[Path] = set()
    for graph in (path for path in folder.rglob("*.onnx") if "compiled" not in path.parts):
        files |= {graph, *(graph.parent / name for name in inspect(graph).external_data)}
    return sum(path.stat().st_size for path in files)
