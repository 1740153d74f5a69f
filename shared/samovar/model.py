"""A model in memory, and one request to it in tensors."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from samovar.programs import Program
from samovar.types import Array, Kind, ModelSpec, Pads, Payload, Tensors, TensorSpec
from samovar.values import dataclass, field

if TYPE_CHECKING:
    from samovar.guarding.guards import Flags, Guards


@dataclass(frozen=True, slots=True)
class Model:
    """A version of a model, ready to run. What each request asks of it is worked out once."""

    spec: ModelSpec
    version: str
    program: Program
    form: str = ""  # that its graphs were opened from; with + between those of several
    guards: "Guards | None" = None
    stands: bool = False  # on another model, without graphs of its own: clients may save it anew
    inputs: Mapping[str, TensorSpec] = field(init=False)
    outputs: Mapping[str, TensorSpec] = field(init=False)
    shares_batch: bool = field(init=False)
    """Whether rows of several requests may go through one run."""
    padded: tuple[str, ...] = field(init=False)
    """Inputs whose columns past a row's own are padding, the mask that says so first; () where
    there are none, or where an output has a place for each column."""
    person: TensorSpec | None = field(init=False)
    """The one BYTES tensor that an infer request may bring in place of the model's own inputs.

    A model whose steps read a text, a picture, a sound or bytes takes them there too, one an
    element, under the name of their kind; the steps run as they do for predict. None for other
    models, and where the graph has an input of that name itself.
    """
    prepares_together: bool = field(init=False)
    """Whether the items of several requests may be prepared as one batch. Those of pictures and
    sounds may be a thousand times larger than what is made of them: each at a time."""

    def __post_init__(self) -> None:
        signature = self.program.signature
        specs = (*signature.inputs, *signature.outputs)
        stacked = bool(specs) and all(spec.shape[:1] == (-1,) for spec in specs)
        object.__setattr__(self, "inputs", {spec.name: spec for spec in signature.inputs})
        object.__setattr__(self, "outputs", {spec.name: spec for spec in signature.outputs})
        shares = stacked and self.spec.batch.axis == 0
        pads = [step.padded() for step in self.spec.pre if isinstance(step, Pads)]
        padded = pads[0] if len(pads) == 1 else ()
        rigid = all(size >= 0 for spec in signature.outputs for size in spec.shape[1:])
        free = bool(padded) and rigid and all(self._is_ragged(name) for name in padded)
        object.__setattr__(self, "shares_batch", shares)
        object.__setattr__(self, "padded", padded if shares and free else ())
        kind = self.spec.input.kind
        own = kind in (Kind.TENSORS, Kind.ROWS) or kind.value in self.inputs
        person = None if own else TensorSpec(kind.value, "BYTES", (-1,))
        object.__setattr__(self, "person", person)
        small = kind not in (Kind.IMAGE, Kind.AUDIO)
        object.__setattr__(self, "prepares_together", shares and small and (free or not pads))

    def _is_ragged(self, name: str) -> bool:
        return name in self.inputs and self.inputs[name].shape == (-1, -1)


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
    flags: Sequence["Flags"] = ()
    """Of each item, what a guard tells of it; () where there is none."""
