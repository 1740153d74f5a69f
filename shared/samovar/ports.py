"""What samovar needs of the outside world. A port says what, and lists what it raises."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from samovar.statistics import ModelStatistics
from samovar.types import Array, ModelSpec, Payload, Signature, Tensors


class Runner(Protocol):
    """One graph with its weights in memory."""

    @property
    def signature(self) -> Signature:
        """The graph's own inputs and outputs."""
        ...

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs (all of them when empty). Raises ModelRunFailed."""
        ...


class ModelFiles(Protocol):
    """One version of a model on local disk."""

    def path(self, name: str) -> Path:
        """Where a file of this version lies. Raises ModelCorrupt when there is none."""
        ...

    def read(self, name: str) -> bytes:
        """A small file's bytes (labels, tokenizer). Raises ModelCorrupt when there is none."""
        ...


class ModelStore(Protocol):
    """Where models lie. Every method raises StorageUnavailable when it cannot be reached."""

    def names(self) -> tuple[str, ...]:
        """The models' names, sorted."""
        ...

    def spec(self, name: str) -> ModelSpec:
        """The model's manifest. Raises ModelNotFound, ManifestInvalid."""
        ...

    def versions(self, name: str) -> tuple[str, ...]:
        """Its versions, oldest first. Raises ModelNotFound."""
        ...

    def fetch(self, name: str, version: str) -> ModelFiles:
        """Its files on local disk, not yet checked. Raises ModelNotFound, VersionNotFound."""
        ...


class Predictor(Protocol):
    """The seam between platforms: bytes in, bytes out. `model` is a name, `version` may be ""."""

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request. Raises any SamovarError."""
        ...


class StreamPredictor(Predictor, Protocol):
    """A predictor whose answers may also come piece by piece."""

    def stream(self, model: str, version: str, payload: Payload) -> Iterator[bytes]:
        """The answer in pieces, each whole in its own media type's sense."""
        ...


class ModelHost(Predictor, Protocol):
    """A predictor that holds its models in this process and can tell of them."""

    def signature(self, model: str, version: str) -> Signature:
        """The tensors of a model. Raises NotFound, ModelFault."""
        ...

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has done, by model and version."""
        ...


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now_ns(self) -> int:
        """Wall time, nanoseconds since the epoch."""
        ...

    def perf_ns(self) -> int:
        """Monotonic time in nanoseconds, for durations."""
        ...
