"""How a model's graphs are driven, by name.

A program stands between requests and runners: `prepare` turns what a person sent into
tensors, `run` turns tensors into tensors, `answer` turns tensors into what a person
reads. A plain model is the program `single`; a chain of graphs, a loop over frames or
over tokens is another program behind the same four members.
"""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Generator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from samovar.types import Array, ModelSpec, ReadAsset, Signature, Tensors

if TYPE_CHECKING:
    from samovar.model import Model
    from samovar.ports import Runner


class Program(Protocol):
    """A loaded model's graphs with their steps bound."""

    @property
    def signature(self) -> Signature:
        """The tensors of `run`: what the Open Inference Protocol shows of this model."""
        ...

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """Items of the input's kind → the tensors of `run`. Raises InvalidInput."""
        ...

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """Tensors → the named outputs (all when empty). Raises InvalidInput, ModelRunFailed."""
        ...

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """All outputs of `run` → one answer a row, of JSON values and arrays."""
        ...


@runtime_checkable
class StreamingProgram(Protocol):
    """A program whose answers may come in pieces."""

    def stream(self, tensors: Tensors) -> Generator[dict[str, Any], None, None]:
        """The answer to the one row of `tensors`: `{"text": …}` again and again, then the rest.

        Left early, what is under way ends. Raises InvalidInput, ModelRunFailed.
        """
        ...


class StandingType(Protocol):
    """A program before it is opened that has no graphs of its own, but another model's."""

    def foundation(self, read: ReadAsset) -> tuple[str, str]:
        """The name and version of the model that it stands on. Raises ModelCorrupt."""
        ...

    def stand(self, spec: ModelSpec, model: Model, read: ReadAsset) -> Program:
        """The program over that model. Raises ModelFault."""
        ...

    def merged(self, spec: ModelSpec, model: ModelSpec) -> ModelSpec:
        """Its manifest with what it has of the other model's: how items are read and shared."""
        ...


class ProgramType(Protocol):
    """A program before it has weights: a frozen dataclass of its manifest parameters."""

    roles: ClassVar[tuple[str, ...]]
    """The graphs that it needs, by the names it calls them."""

    batched: ClassVar[bool]
    """Whether several requests may share a `run`, stacked along the batch axis."""

    def bind(self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset) -> Program:
        """The program over its runners, one for each role."""
        ...


STANDING: Mapping[str, str] = {"classifier": "samovar.programs.classifier:Classifier"}
"""Those that stand on another model."""
PROGRAMS: Mapping[str, str] = {
    "single": "samovar.programs.single:Single",
    "ocr": "samovar.programs.ocr:Ocr",
    "frames": "samovar.programs.frames:Frames",
    "generate": "samovar.programs.generate:Generate",
    "transcribe": "samovar.programs.transcribe:Transcribe",
    **STANDING,
}


def program_type(name: str) -> Callable[..., ProgramType]:
    """The dataclass of a program named in PROGRAMS. Raises KeyError."""
    module, _, attribute = PROGRAMS[name].partition(":")
    found: Callable[..., ProgramType] = getattr(import_module(module), attribute)
    return found


def standing_type(name: str) -> Callable[..., StandingType] | None:
    """The dataclass of a program that stands on another model; None of any other."""
    made: Any = program_type(name) if name in STANDING else None
    found: Callable[..., StandingType] | None = made
    return found
