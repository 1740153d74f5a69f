"""Tensors made up for a graph of which only the signature is known: the same ones each time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, permutations, product

import numpy as np
from samovar.types import DTYPES, Array, TensorSpec

MOST_ELEMENTS = 8_000_000
_PLAIN, _PICTURES = (8, 1, 32, 64, 576, 512, 256, 16), (224, 64, 32, 48, 640, 8, 1)
_SCALARS = (1, 16_000, 0)
_TEXTS = ("a", "", "0")
_MOST_TRIES = 24


@dataclass(frozen=True, slots=True)
class Guess:
    """What to put into the free axes, into whole numbers that stand alone, and into texts."""

    size: int
    scalar: int = 1
    text: str = "a"
    texts: tuple[str, ...] = ()  # of each column of texts, where they are known
    rows: int = 1


def guesses(inputs: tuple[TensorSpec, ...], categories: tuple[str, ...]) -> Iterator[Guess]:
    """What may be tried, likeliest first; one where nothing is free.

    `categories` are texts that the graph's encoders know, in the order of their columns or not.
    """
    columns = sum(max(spec.shape[-1], 1) for spec in inputs if _is_texts(spec))
    if 0 < columns <= len(categories):
        for texts in islice(permutations(categories, columns), _MOST_TRIES):
            yield Guess(_PLAIN[0], texts=texts)
    yield from _blind_guesses(inputs)


def _is_texts(spec: TensorSpec) -> bool:
    return spec.datatype == "BYTES" and len(spec.shape) == 2


def _blind_guesses(inputs: tuple[TensorSpec, ...]) -> Iterator[Guess]:
    pictures = any(len(spec.shape) == 4 for spec in inputs)
    free = any(size < 0 for spec in inputs for size in spec.shape[1:]) or any(
        spec.shape[:1] == (-1,) and len(spec.shape) == 1 for spec in inputs
    )
    scalars = any(not spec.shape and spec.datatype[:3] in ("INT", "UIN") for spec in inputs)
    texts = any(spec.datatype == "BYTES" for spec in inputs)
    sizes = (_PICTURES if pictures else _PLAIN) if free else (8,)
    found = product(_TEXTS if texts else ("a",), sizes, _SCALARS if scalars else (1,))
    return islice((Guess(size, scalar, text) for text, size, scalar in found), _MOST_TRIES)


def make(
    inputs: tuple[TensorSpec, ...], symbols: Mapping[str, tuple[str, ...]], guess: Guess
) -> dict[str, Array]:
    """A tensor for each input. Raises ValueError where they would be over the limit."""
    made = {}
    texts = iter(guess.texts)
    for number, spec in enumerate(inputs):
        shape = _shape(spec, symbols.get(spec.name, ()), guess)
        if int(np.prod(shape, dtype=np.float64)) > MOST_ELEMENTS:
            raise ValueError(f"{spec.name} of {list(shape)} is larger than can be made up")
        if guess.texts and _is_texts(spec):
            made[spec.name] = _columns(shape, [next(texts) for _ in range(shape[1])])
            continue
        made[spec.name] = _values(spec, shape, guess, np.random.default_rng(number))
    return made


def _shape(spec: TensorSpec, symbols: tuple[str, ...], guess: Guess) -> tuple[int, ...]:
    names = symbols if len(symbols) == len(spec.shape) else ("",) * len(spec.shape)
    return tuple(
        size if size > 0 else _free(axis, name.lower(), guess, spec.shape)
        for axis, (size, name) in enumerate(zip(spec.shape, names, strict=True))
    )


def _free(axis: int, name: str, guess: Guess, shape: tuple[int, ...]) -> int:
    """An axis that is free, by its name: rows, what came before, or a length.

    A state such as [2, any, 128] has its rows on the second axis.
    """
    if not name and axis == 1 and len(shape) == 3 and shape[0] > 0 and shape[2] > 0:
        return guess.rows
    if "batch" in name or name in ("n", "b", "rows") or (axis == 0 and "seq" not in name):
        return guess.rows
    if "past" in name and "+" not in name and "total" not in name:
        return 0
    return guess.size


def _columns(shape: tuple[int, ...], texts: list[str]) -> Array:
    """A text for each column, the same in every row."""
    found = np.empty(shape, object)
    found[:] = texts
    return found


def _values(
    spec: TensorSpec, shape: tuple[int, ...], guess: Guess, random: np.random.Generator
) -> Array:
    dtype, name = DTYPES[spec.datatype], spec.name.lower()
    if spec.datatype == "BYTES":
        return np.full(shape, guess.text, object)
    if spec.datatype == "BF16":
        return np.full(shape, 0x3F00, np.uint16)  # 0.5
    if dtype.kind == "f":
        return random.random(shape).round(2).astype(dtype)
    if dtype.kind == "b" or "mask" in name:
        return np.ones(shape, dtype)
    if "type" in name or "segment" in name:
        return np.zeros(shape, dtype)
    if "position" in name:
        return np.broadcast_to(np.arange(shape[-1] if shape else 1, dtype=dtype), shape).copy()
    if not shape:
        return np.full((), guess.scalar, dtype)
    return random.integers(0, 2, shape).astype(dtype)
