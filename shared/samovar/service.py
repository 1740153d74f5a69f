"""What samovar does, seen from its doors. It sees ports only."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from samovar.errors import ModelFault, ModelNotFound, RouteNotFound, SamovarError, VersionNotFound
from samovar.expectation import Expectation, last_seen
from samovar.lanes import LIGHT, expected_ms
from samovar.statistics import ModelStatistics
from samovar.types import ModelSpec, Payload, Signature
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.caching.cache import ResponseCache
    from samovar.classification.places import Saving
    from samovar.classification.saving import Classifiers
    from samovar.ports import ModelHost, ModelStore, StreamPredictor
    from samovar.search.collections import Collections


@dataclass(frozen=True, slots=True)
class Description:
    """A version of a model as metadata tells of it."""

    spec: ModelSpec
    version: str
    versions: tuple[str, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the repository index; `reason` says why a model cannot be used."""

    name: str
    version: str
    ready: bool
    reason: str = ""


class Service:
    """The use cases, over a store of models and the predictor that runs them."""

    def __init__(
        self,
        store: ModelStore,
        host: ModelHost,
        cache: ResponseCache | None = None,
        saving: Saving | None = None,
        collections: Collections | None = None,
        far: StreamPredictor | None = None,
    ) -> None:
        self._store = store
        self._host = host
        self.cache = cache
        """The answers that are kept, of models whose manifests ask for it; None for none at all."""
        self.far = far
        """Where texts come from that this process has no time for; None: nowhere else."""
        self.collections = collections  # None: this server was given no place for them
        self._saving = saving
        self._usual: dict[str, str] = {}  # task → model
        self._newest: dict[str, str] = {}
        self._specs: dict[str, ModelSpec] = {}  # of the models that were asked

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one infer or predict request. Raises SamovarError."""
        return self._host.predict(model, version, payload)

    def stream(self, model: str, payload: Payload) -> Generator[bytes, None, None]:
        """The answer to one predict request in pieces. Raises SamovarError."""
        return self._host.stream(model, "", payload)

    def spec(self, model: str) -> ModelSpec:
        """A model's manifest, as it was when it was first asked. Raises NotFound, ModelFault."""
        found = self._specs.get(model)
        if found is None:
            found = self._specs[model] = self._store.spec(model)
        return found

    def keeps(self, model: str) -> bool:
        """Whether answers of a model are kept. Raises NotFound, ModelFault."""
        return self.cache is not None and self.spec(model).cache.ttl_s > 0

    def keeps_any(self) -> bool:
        """Whether a model was asked so far whose answers are kept."""
        return self.cache is not None and any(s.cache.ttl_s for s in self._specs.values())

    def newest(self, model: str) -> str:
        """The version that is meant where none is named: one for this process's life.

        Raises NotFound.
        """
        found = self._newest.get(model)
        if found is None:
            versions = self._store.versions(model)
            _check_version(model, versions[-1] if versions else "", versions)
            found = self._newest[model] = versions[-1]
        return found

    def opened(self, model: str, version: str) -> ModelSpec:
        """The manifest by which a version answers here. Raises NotFound, ModelFault."""
        return self._host.opened(model, version)

    def expectation(self, model: str, version: str = "") -> Expectation:
        """How long its requests will take. Raises NotFound, ModelFault."""
        look = partial(last_seen, self._host.statistics, model, version)
        return Expectation(self.spec(model), look)

    def expected_ms(self, model: str, version: str, size: int) -> float:
        """The time of a request of so many bytes; 0 where nobody knows. Raises as above."""
        profiled = expected_ms(self.spec(model).profile, size)
        seen = None if profiled else last_seen(self._host.statistics, model, version)
        return seen.trend.expected_ms(size) if seen else profiled

    def usual(self, task: str) -> str:
        """The light model of a task that is meant where none is named. Raises ModelNotFound.

        The first that comes with the deployment, else the first.
        """
        if task not in self._usual:
            light = [spec for spec in self.specs() if (spec.task, spec.lane) == (task, LIGHT)]
            if not light:
                raise ModelNotFound(f"there is no model for {task} here: name one in 'model'")
            self._usual[task] = max(light, key=lambda spec: spec.bundle).name
        return self._usual[task]

    @property
    def classifiers(self) -> Classifiers:
        """The label sets that clients save. Raises RouteNotFound where none are kept."""
        if self._saving is None:
            raise RouteNotFound("no classifiers are kept here")
        from samovar.classification.saving import Classifiers  # for those who ask for them

        return Classifiers(self._store, self._saving.folders, self._forget)

    def _forget(self, model: str) -> None:
        """What is known of a model that has changed."""
        self._specs.pop(model, None)
        self._newest.pop(model, None)
        self._newest.pop(model, None)
        if self._saving is not None:
            self._saving.unload(model)

    def describe(self, model: str, version: str = "") -> Description:
        """A model's manifest and tensors, without opening it where they are recorded."""
        spec, versions = self._store.spec(model), self._store.versions(model)
        chosen = version or (versions[-1] if versions else "")
        _check_version(model, chosen, versions)
        signature = spec.signatures.get(chosen) or self._host.signature(model, chosen)
        return Description(spec, chosen, versions, signature)

    def specs(self) -> list[ModelSpec]:
        """Every manifest that can be read, by name."""
        found = []
        for name in self._store.names():
            with suppress(ModelFault):  # the index tells why
                found.append(self._store.spec(name))
        return found

    def index(self) -> list[Entry]:
        """Every version of every model, and whether it can be used."""
        return [entry for name in self._store.names() for entry in self._entries(name)]

    def ready(self, model: str, version: str = "") -> Entry:
        """Whether a model, or one version of it, can be used. Raises NotFound."""
        versions = self._store.versions(model)
        if version:
            _check_version(model, version, versions)
        entries = self._entries(model)
        return next((entry for entry in entries if entry.version == version), entries[-1])

    def statistics(self, model: str = "") -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has run, of one model or of all. Raises ModelNotFound."""
        if model:
            self._store.versions(model)
        found = self._host.statistics()
        return {key: value for key, value in found.items() if model in ("", key[0])}

    def _entries(self, name: str) -> list[Entry]:
        try:
            self._store.spec(name)
            versions = self._store.versions(name)
        except SamovarError as error:
            return [Entry(name, "", ready=False, reason=error.message)]
        if not versions:
            return [Entry(name, "", ready=False, reason="no version has been built")]
        return [Entry(name, version, ready=True) for version in versions]


def _check_version(model: str, version: str, versions: Sequence[str]) -> None:
    if not version:
        raise VersionNotFound(f"model '{model[:128]}' has no version that can be run")
    if version not in versions:
        raise VersionNotFound(
            f"Request for unknown model: '{model[:128]}' version {version[:32]} is not found"
        )
