"""A decoder's graph over a cache: tokens in, scores of what may come next out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from samovar.errors import ManifestInvalid
from samovar.generation.handed_on import HandedOn
from samovar.ports import Runner
from samovar.types import Array

_PASTS = ("past_key_values.", "past.")  # Optimum's and onnxruntime-genai's names, and Whisper's
_PRESENT = "present."
_OPTIONAL = "position_ids"


class Cache(Protocol):
    """Keys and values of rows that grow, where the graph reads and extends them in place."""

    rows: int
    length: int  # tokens that a row has room for

    def run(
        self, tensors: Mapping[str, Array], outputs: Sequence[str], first: int, count: int
    ) -> dict[str, Array]:
        """The named outputs of a run over rows `first` … `first + count - 1`, which it extends.

        Raises ModelRunFailed.
        """
        ...


@runtime_checkable
class CachingRunner(Runner, Protocol):
    """A port: a runner whose graph's past tensors may lie in a cache."""

    def open_cache(self, pairs: Mapping[str, str], rows: int, length: int) -> Cache:
        """Room for `rows` rows of `length` tokens; `pairs` is past → the present after it."""
        ...


class Decoder:
    """`input_ids`, `attention_mask` and the past → `logits` and the present."""

    def __init__(self, cache: Cache, places: bool) -> None:  # noqa: FBT001 - a fact of the graph's
        """`places` says whether the graph asks for position_ids."""
        self.cache, self.places = cache, places
        self.ones: Array = np.ones((1, cache.length), np.int64)
        """The mask of a row alone, of which as much is taken as it has tokens."""

    def say(self, tokens: Array, first: int, lengths: Array) -> Array:
        """Scores float32 (rows, vocabulary) of what may follow the last token of each row.

        `tokens` int64 (rows, n) are new in rows `first` and after; `lengths` int64 (rows,) are
        those of the rows with them. The next run may overwrite the scores. Raises ModelRunFailed.
        """
        total = int(lengths.max())
        mask = self.ones[: len(tokens), :total]
        if len(tokens) > 1:
            mask = (np.arange(total) < lengths[:, None]).astype(np.int64)
        given = {"input_ids": tokens, "attention_mask": mask}
        if self.places:
            new = np.arange(tokens.shape[1])
            given[_OPTIONAL] = lengths[:, None] - tokens.shape[1] + new
        logits = self.cache.run(given, ["logits"], first, len(tokens))["logits"]
        scores: Array = logits[:, -1] if logits.ndim == 3 else logits
        return scores


def open_decoder(runner: Runner, rows: int, length: int) -> Decoder:
    """A decoder with a cache of its own, bound by its tensors' names. Raises ManifestInvalid."""
    inputs = [spec.name for spec in runner.signature.inputs]
    outputs = {spec.name for spec in runner.signature.outputs}
    pairs = {name: _present(name) for name in inputs if name.startswith(_PASTS)}
    wanted = {"input_ids", "attention_mask", *pairs}
    if not pairs or (odd := {*inputs} ^ wanted) - {_OPTIONAL}:
        said = ", ".join(sorted(odd)[:5]) if pairs else "past_key_values.*"
        raise ManifestInvalid(
            [f"program.runners: decode must take input_ids, attention_mask and its past: {said}"]
        )
    if missing := {"logits", *pairs.values()} - outputs:
        names = ", ".join(sorted(missing)[:5])
        raise ManifestInvalid([f"program.runners: decode does not give {names}"])
    open_cache = (
        runner.open_cache if isinstance(runner, CachingRunner) else partial(HandedOn, runner)
    )
    return Decoder(open_cache(pairs, rows, length), _OPTIONAL in inputs)


def _present(past: str) -> str:
    return _PRESENT + past.removeprefix(_PASTS[0]).removeprefix(_PASTS[1])


def shared_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with together."""
    count = min(len(one), len(other))
    for at in range(count):
        if one[at] != other[at]:
            return at
    return count
