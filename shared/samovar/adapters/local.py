"""The predictor that holds models in this process."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from samovar import pipeline
from samovar.adapters.forms import OpenRunner, open_graph
from samovar.adapters.model_files import verify
from samovar.compiled import PLAIN
from samovar.errors import ModelFault, SamovarError, VersionNotFound
from samovar.model import Model
from samovar.programs import program_type
from samovar.statistics import ModelStatistics
from samovar.types import Payload, Signature

if TYPE_CHECKING:
    from samovar.ports import Clock, ModelStore

Opened = Callable[[Model, int], None]
"""Told of each model that was opened, and of the nanoseconds that it took."""


class LocalPredictor:
    """Runs models in this process: each is opened once, on its first request or before."""

    def __init__(
        self,
        store: ModelStore,
        open_runner: OpenRunner,
        clock: Clock,
        opened: Opened | None = None,
    ) -> None:
        self._store = store
        self._opened = opened
        self._open_runner = open_runner
        self._clock = clock
        self._models: dict[tuple[str, str], Model] = {}
        self._latest: dict[str, str] = {}
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._statistics: dict[tuple[str, str], ModelStatistics] = {}

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request."""
        loaded = self.load(model, version)
        statistics = self._statistics[model, loaded.version]
        start = self._clock.perf_ns()
        try:
            answer = pipeline.infer(payload, loaded)
        except Exception:
            with self._counting:
                statistics.failed(self._clock.perf_ns() - start)
            raise
        with self._counting:
            took_ns = self._clock.perf_ns() - start
            statistics.succeeded(took_ns, self._clock.now_ns(), len(payload.body))
        return answer

    def stream(self, model: str, version: str, payload: Payload) -> Generator[bytes, None, None]:
        """The answer to one request in pieces; left early, what runs for it ends."""
        loaded = self.load(model, version)
        statistics = self._statistics[model, loaded.version]
        start = self._clock.perf_ns()
        try:
            with closing(pipeline.stream(payload, loaded)) as pieces:
                yield from pieces
        except Exception:
            with self._counting:
                statistics.failed(self._clock.perf_ns() - start)
            raise
        with self._counting:
            took_ns = self._clock.perf_ns() - start
            statistics.succeeded(took_ns, self._clock.now_ns(), len(payload.body))

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        """The answer or the error of each request, in shared runs."""
        loaded = self.load(model, version)
        statistics = self._statistics[model, loaded.version]
        start = self._clock.perf_ns()
        answers = pipeline.infer_many(payloads, loaded)
        each_ns = (self._clock.perf_ns() - start) // max(len(answers), 1)
        for answer in answers:
            if isinstance(answer, SamovarError):
                statistics.failed(each_ns)
            else:
                statistics.succeeded(each_ns, self._clock.now_ns())
        return answers

    def load(self, name: str, version: str = "") -> Model:
        """The model, opened if it was not. No version means the newest."""
        chosen = version or self._latest.get(name, "")
        found = self._models.get((name, chosen))
        if found is not None:
            return found
        with self._lock:
            chosen = chosen or self._newest(name)
            found = self._models.get((name, chosen))
            if found is None:
                found = self._open(name, chosen)
                self._statistics[name, chosen] = ModelStatistics()
                self._models[name, chosen] = found
            if not version:
                self._latest[name] = chosen
        return found

    def unload(self, name: str) -> None:
        """Let go of every version of a model; runs that have begun end in peace."""
        with self._lock:
            self._latest.pop(name, None)
            for key in [key for key in self._models if key[0] == name]:
                del self._models[key]

    def signature(self, model: str, version: str) -> Signature:
        """The tensors of a model whose manifest does not record them: it is opened to see."""
        return self.load(model, version).program.signature

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has done, by model and version."""
        return dict(self._statistics)

    def _open(self, name: str, version: str) -> Model:
        start = self._clock.perf_ns()
        model = open_model(self._store, name, version, self._open_runner)
        if self._opened is not None:
            self._opened(model, self._clock.perf_ns() - start)
        return model

    def _newest(self, name: str) -> str:
        versions = self._store.versions(name)
        if not versions:
            raise VersionNotFound(f"model '{name}' has no version that can be run")
        return versions[-1]


def open_model(store: ModelStore, name: str, version: str, open_runner: OpenRunner) -> Model:
    """A version's graphs opened and its steps bound. Raises ModelFault, NotFound.

    The files are checked against the manifest first, wherever they came from, but for those
    that were checked when they were sealed.
    """
    spec = store.spec(name)
    files = store.fetch(name, version)
    if not files.checked:
        verify(spec, version, files)
    cls = program_type(spec.program.name)
    runners = {
        role: open_graph(spec, version, files, graph, open_runner)
        for role, graph in spec.program.runners.items()
    }
    try:
        program = cls(**spec.program.params).bind(spec, runners, files.read)
    except KeyError as error:
        raise ModelFault(f"model '{name}': program '{spec.program.name}' lacks {error}") from None
    forms = {getattr(runner, "form", PLAIN) for runner in runners.values()}
    return Model(spec, version, program, "+".join(sorted(forms)))
