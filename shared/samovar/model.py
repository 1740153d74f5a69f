"""A model in memory, and one request to it in tensors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from samovar.programs import Program
from samovar.types import Array, ModelSpec, Payload, Tensors, TensorSpec


@dataclass(frozen=True, slots=True)
class Model:
    """A version of a model, ready to run."""

    spec: ModelSpec
    version: str
    program: Program

    @property
    def inputs(self) -> dict[str, TensorSpec]:
        """The program's inputs by name."""
        return {spec.name: spec for spec in self.program.signature.inputs}

    @property
    def outputs(self) -> dict[str, TensorSpec]:
        """The program's outputs by name."""
        return {spec.name: spec for spec in self.program.signature.outputs}


@dataclass(frozen=True, slots=True)
class Call:
    """A decoded request: the runs that it needs, the outputs it wants, and how to answer.

    Most requests are one run. A program that takes one item at a time has one a item, and
    many rows are cut into runs of the model's largest batch. `encode` takes the outputs of
    each run, in order.
    """

    runs: Sequence[Tensors]
    outputs: tuple[str, ...]
    encode: Callable[[Sequence[dict[str, Array]]], Payload]
