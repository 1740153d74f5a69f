"""What samovar does, seen from its doors. It sees ports only."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from samovar.errors import ModelFault, SamovarError, VersionNotFound
from samovar.lanes import expected_ms
from samovar.statistics import ModelStatistics
from samovar.types import ModelSpec, Payload, Signature
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.ports import ModelHost, ModelStore


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

    def __init__(self, store: ModelStore, host: ModelHost) -> None:
        self._store = store
        self._host = host
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

    def expected_ms(self, model: str, version: str, size: int) -> float:
        """The time that a request of so many bytes will take; 0 where nobody knows.

        The model's measured profile says, else what this process has seen of it. Raises
        NotFound, ModelFault.
        """
        profiled = expected_ms(self.spec(model).profile, size)
        if profiled:
            return profiled
        newest: ModelStatistics | None = None
        for (name, known), counts in self._host.statistics().items():
            if name != model or version not in ("", known):
                continue
            if newest is None or counts.last_inference_ms > newest.last_inference_ms:
                newest = counts
        return newest.trend.expected_ms(size) if newest else 0.0

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
            try:
                found.append(self._store.spec(name))
            except ModelFault:
                continue  # the index tells why
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
