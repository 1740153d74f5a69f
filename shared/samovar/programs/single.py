"""One graph, with the manifest's steps before and after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, ClassVar

import numpy as np

from samovar.ports import Runner
from samovar.types import Array, ModelSpec, ReadAsset, Signature, Step, Tensors


@dataclass(frozen=True, slots=True)
class Single:
    """Steps → the graph `model` → steps. It has no parameters of its own."""

    roles: ClassVar[tuple[str, ...]] = ("model",)
    batched: ClassVar[bool] = True

    def bind(
        self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset
    ) -> "SingleProgram":
        """The program over its one runner, with the manifest's steps bound to their files."""
        runner = runners["model"]
        return SingleProgram(
            runner=runner,
            signature=runner.signature,
            pre=chain(spec.pre, read) if spec.pre else partial(stack_rows, runner.signature),
            post=chain(spec.post, read) if spec.post else split_rows,
        )


@dataclass(frozen=True, slots=True)
class SingleProgram:
    """`prepare`, `run` and `answer` of one graph."""

    runner: Runner
    signature: Signature
    pre: Callable[[Any], Any]
    post: Callable[[Any], Any]

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """The pre steps over a batch of items: tensors with one row an item."""
        tensors: dict[str, Array] = self.pre(list(items))
        return tensors

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The graph itself."""
        return self.runner.run(tensors, outputs)

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """The post steps over a batch of outputs: one answer a row."""
        if not rows:
            return []
        answers: list[dict[str, Any]] = self.post(dict(tensors))
        return answers


def chain(steps: Sequence[Step], read: ReadAsset) -> Callable[[Any], Any]:
    """The steps as one function, each bound to the files that it reads."""
    bound = [step.bind(read) for step in steps]
    return lambda batch: reduce(lambda value, step: step(value), bound, batch)


def split_rows(outputs: Tensors) -> list[dict[str, Any]]:
    """Outputs → one answer a row, each output under its own name: a model without post steps."""
    rows = max((len(array) for array in outputs.values() if array.ndim), default=1)
    return [
        {
            name: array[row] if array.ndim and len(array) == rows else array
            for name, array in outputs.items()
        }
        for row in range(rows)
    ]


def stack_rows(signature: Signature, rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """Rows of tensor values by input name → tensors: a model without pre steps."""
    from samovar.tensors import from_rows

    return {spec.name: from_rows(spec, rows) for spec in signature.inputs} if rows else {
        spec.name: np.empty((0, *(max(size, 0) for size in spec.shape[1:])), object)
        for spec in signature.inputs
    }
