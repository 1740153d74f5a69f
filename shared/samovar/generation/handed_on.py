"""A cache for runners that have none: keys and values handed on from run to run, row by row.

What watches a model's runs stands between, or a device that has no room to lend: they see
plain runs, with plain arrays. It says the same, and copies all that was said for each token.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from samovar.ports import Runner
from samovar.types import DTYPES, Array


class HandedOn:
    """The keys and values of `rows` rows, as the last run of each gave them."""

    def __init__(self, runner: Runner, pairs: Mapping[str, str], rows: int, length: int) -> None:
        self.rows, self.length = rows, length
        self._runner, self._pairs = runner, pairs
        self._specs = {spec.name: spec for spec in runner.signature.inputs}
        self._held: dict[int, dict[str, Array]] = {}

    def run(
        self, tensors: Mapping[str, Array], outputs: Sequence[str], first: int, count: int
    ) -> dict[str, Array]:
        """The named outputs of rows `first` … `first + count - 1`. Raises ModelRunFailed."""
        found = [
            self._row({name: array[at : at + 1] for name, array in tensors.items()}, outputs, row)
            for at, row in enumerate(range(first, first + count))
        ]
        return {name: np.concatenate([one[name] for one in found]) for name in outputs}

    def _row(self, tensors: dict[str, Array], outputs: Sequence[str], row: int) -> dict[str, Array]:
        total = int(tensors["attention_mask"].sum())
        tensors["attention_mask"] = tensors["attention_mask"][:, :total]
        past = self._past(row, total - tensors["input_ids"].shape[1])
        found = self._runner.run({**tensors, **past}, [*outputs, *self._pairs.values()])
        self._held[row] = {name: found[present] for name, present in self._pairs.items()}
        return found

    def _past(self, row: int, length: int) -> dict[str, Array]:
        held = self._held.get(row)
        if held is not None:
            return {name: array[:, :, :length] for name, array in held.items()}
        return {name: self._nothing(name) for name in self._pairs}

    def _nothing(self, name: str) -> Array:
        spec = self._specs[name]
        shape = (1, *(max(size, 0) for size in spec.shape[1:]))
        return np.zeros(shape, DTYPES[spec.datatype])
