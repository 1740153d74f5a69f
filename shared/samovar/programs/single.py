"""One graph, with the manifest's steps before and after it."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

from samovar.errors import ManifestInvalid, ModelRunFailed, UnknownTensor, WrongShape
from samovar.types import (
    DTYPES,
    Array,
    Kind,
    ModelSpec,
    ReadAsset,
    Signature,
    Step,
    Tensors,
)
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.ports import Runner


@dataclass(frozen=True, slots=True)
class Single:
    """Steps → the graph `model` → steps. It has no parameters of its own."""

    roles: ClassVar[tuple[str, ...]] = ("model",)
    batched: ClassVar[bool] = True

    def bind(
        self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset
    ) -> SingleProgram:
        """The program over its one runner, with the manifest's steps bound to their files."""
        runner = runners["model"]
        return SingleProgram(
            runner=runner,
            signature=runner.signature,
            pre=_before(spec, runner.signature, read),
            post=_after(spec, read),
        )


@dataclass(frozen=True, slots=True)
class SingleProgram:
    """`prepare`, `run` and `answer` of one graph."""

    runner: Runner
    signature: Signature
    pre: Callable[[Any], Any]
    post: Callable[[Any, int], Any]

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
        answers: list[dict[str, Any]] = self.post(dict(tensors), rows)
        if len(answers) != rows:
            raise ModelRunFailed(f"the model gave {len(answers)} answers for {rows} rows")
        return answers


def _before(spec: ModelSpec, signature: Signature, read: ReadAsset) -> Callable[[Any], Any]:
    """The pre steps; rows that they leave, or that come without any, are stacked by input name."""
    steps = chain(spec.pre, read)
    if spec.pre and spec.pre[-1].gives == Kind.TENSORS:
        return lambda batch: fitting(signature, steps(batch))
    return lambda batch: stack_rows(signature, steps(batch))


def fitting(signature: Signature, tensors: dict[str, Array]) -> dict[str, Array]:
    """What the steps made, as it is, where it is what the graph takes.

    Raises ManifestInvalid for a tensor of another name or datatype, which no request can
    mend, and WrongShape for one of another shape, which another picture or sound may.
    """
    from samovar.tensors import fits

    takes = {spec.name: spec for spec in signature.inputs}
    if tensors.keys() != takes.keys():
        raise _unfit(_names(tensors), _names(takes))
    for name, spec in takes.items():
        dtype, shape = tensors[name].dtype, tensors[name].shape
        if dtype != DTYPES[spec.datatype]:
            raise _unfit(f"'{name}' of {dtype}", spec.datatype)
        if not fits(spec, shape):
            raise WrongShape(
                f"input '{name}' takes shape {list(spec.shape)} (-1 is free), but what was sent "
                f"became {list(shape)}"
            )
    return tensors


def _unfit(made: str, taken: str) -> ManifestInvalid:
    return ManifestInvalid([f"the model's steps make {made}, but its graph takes {taken}"])


def _names(tensors: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in tensors) or "nothing"


def _after(spec: ModelSpec, read: ReadAsset) -> Callable[[Any, int], Any]:
    """The post steps; tensors that they leave are answered under their own names."""
    steps = chain(spec.post, read)
    if spec.post and spec.post[-1].gives == Kind.ANSWERS:
        return lambda batch, _: steps(batch)
    return lambda batch, rows: split_rows(steps(batch), rows)


def chain(steps: Sequence[Step], read: ReadAsset) -> Callable[[Any], Any]:
    """The steps as one function, each bound to the files that it reads."""
    bound = [step.bind(read) for step in steps]
    return lambda batch: reduce(lambda value, step: step(value), bound, batch)


def split_rows(outputs: Tensors, rows: int) -> list[dict[str, Any]]:
    """Outputs → one answer a row, each output under its own name: a model without post steps.

    An output without a row for each belongs whole to a single one. Raises ModelRunFailed
    where there are several.
    """
    for name, array in outputs.items():
        if rows > 1 and (not array.ndim or len(array) != rows):
            raise ModelRunFailed(
                f"output '{name}' of shape {list(array.shape)} has not one entry for each of "
                f"{rows} rows: set [batch] axis = false in the model's manifest"
            )
    return [
        {
            name: array[row] if array.ndim and len(array) == rows else array
            for name, array in outputs.items()
        }
        for row in range(rows)
    ]


def stack_rows(signature: Signature, rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """Rows of tensor values by input name → tensors: a model without pre steps.

    Raises MissingTensor, UnknownTensor, WrongDatatype, WrongShape.
    """
    from samovar.tensors import from_rows

    known = [spec.name for spec in signature.inputs]
    for number, row in enumerate(rows):
        if unknown := row.keys() - set(known):
            raise UnknownTensor(
                f"row {number} has an unknown input '{min(unknown)[:80]}'; "
                f"the model takes: {', '.join(known)}"
            )
    return {spec.name: from_rows(spec, rows) for spec in signature.inputs}
