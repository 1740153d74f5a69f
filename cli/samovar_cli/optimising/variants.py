"""What is made of a model: each variant by name, with what it needs and where it is of use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samovar.errors import CommandFailed

from samovar_cli.optimising import blocks, eight_bits, exact, pruning
from samovar_cli.optimising.graphs import Build

ORIGINAL, DISTILLED = "original", "distilled"


@dataclass(frozen=True, slots=True)
class Variant:
    """How a graph is changed, and what has to be known of it."""

    name: str
    says: str
    build: Build
    samples: bool = False  # needs requests to calibrate on
    training: bool = False  # needs a training set
    device: str = "cpu"  # on which it can be faster
    fused_first: bool = False  # better made of a graph whose attention is one operator


VARIANTS: Sequence[Variant] = (
    Variant("optimised", "fused and folded as onnxruntime does it, saved so", exact.optimised),
    Variant("fused", "attention and normalisation as one operator each", exact.fused),
    Variant("fp16", "floats of 16 bits, for a GPU", exact.halved, device="gpu"),
    Variant(
        "int8-blocks", "weights and activations in blocks of eight bits; the same in any batch",
        blocks.in_blocks, fused_first=True,
    ),
    Variant(
        "int8-dynamic", "eight bits; activations by the range of each run",
        eight_bits.dynamic(reduced=False), fused_first=True,
    ),
    Variant(
        "int8-dynamic-7", "as int8-dynamic with weights of seven bits, for CPUs without VNNI",
        eight_bits.dynamic(reduced=True), fused_first=True,
    ),
    Variant(
        "int8-static", "eight bits; activations by the ranges that samples showed",
        eight_bits.static(reduced=False), samples=True, fused_first=True,
    ),
    Variant(
        "int8-static-7", "as int8-static with weights of seven bits, for CPUs without VNNI",
        eight_bits.static(reduced=True), samples=True, fused_first=True,
    ),
    Variant("pruned-25", "a quarter of the hidden units gone", pruning.pruned(0.25), training=True),
    Variant("pruned-50", "half of the hidden units gone", pruning.pruned(0.5), training=True),
)  # fmt: skip
"""In the order in which they are shown."""

BY_NAME: Mapping[str, Variant] = {one.name: one for one in VARIANTS}


def chosen(names: Sequence[str], *, samples: bool, training: bool) -> tuple[Variant, ...]:
    """The variants asked for; without names, all that what was given is enough for.

    Raises CommandFailed for an unknown name, or one that needs what was not given.
    """
    if not names:
        return tuple(one for one in VARIANTS if samples >= one.samples and training >= one.training)
    return tuple(_one(name, samples=samples, training=training) for name in dict.fromkeys(names))


def _one(name: str, *, samples: bool, training: bool) -> Variant:
    if name not in BY_NAME:
        known = ", ".join(BY_NAME)
        raise CommandFailed(f"there is no variant {name[:40]!r}; there are {known}")
    found = BY_NAME[name]
    if found.training and not training:
        raise CommandFailed(f"{name} learns what it lost: name rows to learn from with --train")
    if found.samples and not samples:
        raise CommandFailed(f"{name} is calibrated: name requests with --samples or --evaluate")
    return found
