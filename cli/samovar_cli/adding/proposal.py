"""What `add` knows of a model, and what it makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samovar.types import TensorSpec

from samovar_cli.adding.graph import Graph
from samovar_cli.adding.made_up import Guess


@dataclass(frozen=True, slots=True)
class Output(TensorSpec):
    """An output with the sizes that a run gave it, and what its numbers look like."""

    unit: bool = False  # every one in [0, 1]
    sums_to_one: bool = False  # row by row
    maker: str = ""  # the operator that it comes from

    @property
    def is_float(self) -> bool:
        """Whether it holds numbers with a fraction."""
        return self.datatype in ("FP16", "FP32", "FP64")

    @property
    def width(self) -> int:
        """The values of a row where it is (rows, values); 1 for (rows,); −1 for another shape."""
        sizes = list(self.shape)
        while len(sizes) > 2 and sizes[-1] == 1:
            sizes.pop()
        if len(sizes) == 2:
            return sizes[1]
        return 1 if len(sizes) == 1 else -1


@dataclass(frozen=True, slots=True)
class Hints:
    """What the person said, and what lies beside the file."""

    task: str = ""
    labels: tuple[str, ...] = ()
    labels_said: bool = False  # by --labels, and not found somewhere
    columns: tuple[str, ...] = ()
    missing: bool = False  # numbers may be, and the graph knows what to do then
    tokenizer: bytes = b""
    tokenizer_said: bool = False
    max_length: int = 512
    picture: Mapping[str, Any] = field(default_factory=dict)  # a preprocessor_config.json


@dataclass(frozen=True, slots=True)
class Facts:
    """A graph, read and run once."""

    graph: Graph
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[Output, ...]
    hints: Hints
    rows: str = "yes"  # whether rows may share a run, or why not
    said: str = ""  # why no made-up input ran
    load_ms: float = 0.0
    run_ms: float = 0.0
    memory_mb: float = 0.0
    empty_mb: float = 0.0
    guess: Guess = field(default_factory=lambda: Guess(8))
    changed: tuple[str, ...] = ()  # what was changed in a copy of the file


@dataclass(frozen=True, slots=True)
class StepTable:
    """A `[[pre]]` or `[[post]]` table, with what to say above it."""

    table: Mapping[str, Any]
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the model becomes: the manifest's tables, and why."""

    task: str
    kind: str
    why: str
    columns: tuple[str, ...] = ()
    pre: tuple[StepTable, ...] = ()
    post: tuple[StepTable, ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)  # beside the graph
    alone: str = ""  # why the steps need a run for each row
    max_size: int = 64


def table(step: str, *says: str, **params: Any) -> StepTable:
    """A step, its parameters, and what to say above it."""
    return StepTable({"step": step, **params}, says)
