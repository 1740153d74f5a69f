"""The predictor that holds models in this process."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from samovar import pipeline
from samovar.adapters.forms import OpenRunner
from samovar.adapters.opening import open_model
from samovar.errors import SamovarError, Unavailable, VersionNotFound
from samovar.lanes import GENERATES
from samovar.model import Model
from samovar.statistics import ModelStatistics, count_tokens
from samovar.types import ModelSpec, Payload, Signature

if TYPE_CHECKING:
    from samovar.ports import Clock, ModelStore

Opened = Callable[[Model, int], None]
"""Told of each model that was opened, and of the nanoseconds that it took."""
_FRESH_NS = 10_000_000_000
"""For so long a model that clients save is believed to have no newer version."""


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
        self._fresh_ns: dict[str, int] = {}  # until when, of models that clients save
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
            if loaded.spec.program.name == GENERATES:
                count_tokens(statistics, answer.body, took_ns)
        return answer

    def stream(self, model: str, version: str, payload: Payload) -> Generator[bytes, None, None]:
        """The answer to one request in pieces; left early, what runs for it ends."""
        loaded = self.load(model, version)
        statistics = self._statistics[model, loaded.version]
        start, piece = self._clock.perf_ns(), b""
        try:
            with closing(pipeline.stream(payload, loaded)) as pieces:
                for piece in pieces:
                    yield piece
        except Exception:
            with self._counting:
                statistics.failed(self._clock.perf_ns() - start)
            raise
        with self._counting:
            took_ns = self._clock.perf_ns() - start
            statistics.succeeded(took_ns, self._clock.now_ns(), len(payload.body))
            count_tokens(statistics, piece, took_ns)

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
        if found is not None and (version or not self._is_stale(name)):
            return found
        with self._lock:
            return self._load(name, version)

    def _load(self, name: str, version: str) -> Model:
        """As `load`, under its lock."""
        chosen = version or self._newest(name)
        found = self._models.get((name, chosen))
        if found is None:
            found = self._open(name, chosen)
            self._statistics[name, chosen] = ModelStatistics()
            self._models[name, chosen] = found
        if not version:
            self._latest[name] = chosen
            if found.stands:
                self._fresh_ns[name] = self._clock.perf_ns() + _FRESH_NS
        return found

    def _is_stale(self, name: str) -> bool:
        """Whether somebody may have saved a newer version of a model, or deleted it."""
        until_ns = self._fresh_ns.get(name)
        return until_ns is not None and self._clock.perf_ns() > until_ns

    def unload(self, name: str) -> None:
        """Let go of every version of a model; runs that have begun end in peace."""
        with self._lock:
            self._latest.pop(name, None)
            self._fresh_ns.pop(name, None)
            for key in [key for key in self._models if key[0] == name]:
                del self._models[key]

    def signature(self, model: str, version: str) -> Signature:
        """The tensors of a model whose manifest does not record them: it is opened to see."""
        return self.load(model, version).program.signature

    def opened(self, model: str, version: str) -> ModelSpec:
        """The manifest that a version was opened with."""
        return self.load(model, version).spec

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has done, by model and version."""
        return dict(self._statistics)

    def _open(self, name: str, version: str) -> Model:
        start = self._clock.perf_ns()
        model = open_model(self._store, name, version, self._open_runner, self._load)
        if self._opened is not None:
            self._opened(model, self._clock.perf_ns() - start)
        return model

    def _newest(self, name: str) -> str:
        """The newest version; the one that is known, where it was asked for of late.

        Where the store cannot be reached, what is known goes on answering. Raises
        ModelNotFound, VersionNotFound.
        """
        known = self._latest.get(name, "")
        if known and not self._is_stale(name):
            return known
        try:
            versions = self._store.versions(name)
        except Unavailable:
            if known:
                return known
            raise
        if not versions:
            raise VersionNotFound(f"model '{name}' has no version that can be run")
        return versions[-1]
