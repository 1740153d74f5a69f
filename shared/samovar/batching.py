"""Runs that share a batch: grouped by shape and by length, stacked, run, split again."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from samovar.errors import ModelRunFailed, WrongShape
from samovar.model import Model
from samovar.types import DTYPES, Array, Tensors, TensorSpec

Key = tuple[tuple[str, str, tuple[int, ...]], ...]


def rows(tensors: Tensors) -> int:
    """The rows of a run. Raises WrongShape where its tensors disagree."""
    count, *others = map(len, tensors.values())
    if others and set(others) != {count}:
        said = ", ".join(f"'{name}' has {len(array)}" for name, array in tensors.items())
        raise WrongShape(f"inputs disagree on the batch size: {said}")
    return count


def run(model: Model, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
    """One run, cut into batches of the model's largest size. An empty batch runs nothing."""
    if not model.shares_batch:
        return model.program.run(tensors, outputs)
    count, size = rows(tensors), model.spec.batch.max_size
    if count == 0:
        return _empty(model.program.signature.outputs, outputs)
    if count == 1 or (count <= size and not model.padded):
        return model.program.run(tensors, outputs)
    return _run_by_rows(model, tensors, outputs)


def _run_by_rows(model: Model, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
    """Runs of the model's largest batch, each of whose outputs has a row for each row."""
    if model.padded:
        return _run_by_length(model, tensors, outputs)
    count, size = rows(tensors), model.spec.batch.max_size
    batches = [{n: a[at : at + size] for n, a in tensors.items()} for at in range(0, count, size)]
    parts = [_run_batch(model, batch, outputs) for batch in batches]
    return {name: _joined(name, [part[name] for part in parts]) for name in parts[0]}


def _run_by_length(model: Model, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
    """Runs of rows of like length, each as wide as its longest row and no wider."""
    mask = tensors[model.padded[0]]
    if not (mask.ndim == 2 and all(tensors[name].shape == mask.shape for name in model.padded)):
        return _run_batch(model, tensors, outputs)  # the graph says what is wrong with them
    lengths = lengths_of(mask)
    order = np.argsort(lengths, kind="stable")
    cuts = lengths_cut(lengths[order].tolist(), model.spec.batch.max_size)
    parts = []
    for start, end in pairwise(cuts):
        chosen = order[start:end]
        width = int(lengths[chosen[-1]])
        batch = {
            name: array[chosen, :width] if name in model.padded else array[chosen]
            for name, array in tensors.items()
        }
        parts.append(_run_batch(model, batch, outputs))
    back = np.argsort(order, kind="stable")
    return {name: _joined(name, [part[name] for part in parts])[back] for name in parts[0]}


def lengths_of(mask: Array) -> Array:
    """int64 (rows,): the columns of each row up to the last that its mask keeps, 1 at least."""
    kept = mask != 0
    width = kept.shape[1]
    last = width - np.argmax(kept[:, ::-1], axis=1) if width else np.zeros(len(kept), np.int64)
    return np.where(kept.any(axis=1), last, min(width, 1)).astype(np.int64)


def lengths_cut(lengths: Sequence[int], size: int) -> list[int]:
    """Where to cut rows, shortest first, into runs of `size` at most: 0, …, their number.

    The cheapest way, when a run costs its rows times its longest, and as much as RUN_COLUMNS
    columns besides.
    """
    cost, cut = [0], [0]
    for end, longest in enumerate(lengths, 1):
        starts = range(max(end - size, 0), end)
        best = min(starts, key=lambda at: cost[at] + (end - at) * longest)
        cost.append(cost[best] + (end - best) * longest + RUN_COLUMNS)
        cut.append(best)
    cuts = [len(lengths)]
    while cuts[-1]:
        cuts.append(cut[cuts[-1]])
    return cuts[::-1]


RUN_COLUMNS = 16
"""What starting a run costs, in columns (tokens) of one row: measured on small text encoders."""


def _joined(name: str, parts: Sequence[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    if len({array.shape[1:] for array in parts}) > 1:
        raise _not_by_rows(name, "another shape for other rows")
    return np.concatenate(parts)


def _run_batch(model: Model, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
    count = rows(tensors)
    found = model.program.run(tensors, outputs)
    for name, array in found.items():
        if len(array) != count:
            raise _not_by_rows(name, f"{len(array)} rows for {count}")
    return found


def _not_by_rows(name: str, said: str) -> ModelRunFailed:
    return ModelRunFailed(
        f"output '{name}' has {said}: the model does not work row by row; "
        "set [batch] axis = false in its manifest"
    )


def _empty(specs: Iterable[TensorSpec], outputs: Sequence[str]) -> dict[str, Array]:
    return {
        spec.name: np.empty(tuple(max(size, 0) for size in spec.shape), DTYPES[spec.datatype])
        for spec in specs
        if not outputs or spec.name in outputs
    }


def key(tensors: Tensors, padded: Sequence[str] = ()) -> Key:
    """What two runs must have in common to be stacked: names, dtypes, shapes but for rows.

    Of tensors that may be `padded` to one width, the width does not matter.
    """
    if len({tensors[name].shape for name in padded if name in tensors}) != 1:
        padded = ()  # the graph says what is wrong with them
    return tuple(
        sorted(
            (name, array.dtype.str, () if name in padded else array.shape[1:])
            for name, array in tensors.items()
        )
    )


def run_many(
    model: Model, runs: Sequence[Tensors], outputs: Sequence[str]
) -> list[dict[str, Array]]:
    """The outputs of each run, in order; runs of one shape are stacked into shared batches."""
    if len(runs) == 1 or not model.shares_batch:
        return [run(model, tensors, outputs) for tensors in runs]
    results: dict[int, dict[str, Array]] = {}
    for members in _groups(runs, model.padded):
        counts = [rows(runs[index]) for index in members]
        together = _stack([runs[index] for index in members], model.padded)
        done = _run_by_rows(model, together, outputs)
        results.update(zip(members, _split(done, counts), strict=True))
    for index in range(len(runs)):
        results[index] = results.get(index) or run(model, runs[index], outputs)
    return [results[index] for index in range(len(runs))]


def _groups(runs: Sequence[Tensors], padded: Sequence[str]) -> Iterable[list[int]]:
    """The indices of runs that may be stacked. Empty ones stay alone: they need no run."""
    groups: dict[Key, list[int]] = {}
    for index, tensors in enumerate(runs):
        if rows(tensors):
            groups.setdefault(key(tensors, padded), []).append(index)
    return groups.values()


def _stack(runs: Sequence[Tensors], padded: Sequence[str]) -> dict[str, Array]:
    stacked = {}
    for name in runs[0]:
        arrays = [tensors[name] for tensors in runs]
        stacked[name] = np.concatenate(_of_one_width(arrays) if name in padded else arrays)
    return stacked


def _of_one_width(arrays: Sequence[Array]) -> Sequence[Array]:
    """Zeros to the right of the narrower ones: in the mask they say what they are in the others."""
    width = max(array.shape[1] for array in arrays)
    if all(array.shape[1] == width for array in arrays):
        return arrays
    return [np.pad(array, ((0, 0), (0, width - array.shape[1]))) for array in arrays]


def _split(stacked: Mapping[str, Array], counts: Sequence[int]) -> list[dict[str, Array]]:
    ends = np.cumsum(counts).tolist()
    return [
        {name: array[end - count : end] for name, array in stacked.items()}
        for count, end in zip(counts, ends, strict=True)
    ]
