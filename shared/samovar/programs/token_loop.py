"""Tokens one after the other: a decoder's graph run with its own keys and values handed back."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samovar.errors import ManifestInvalid
from samovar.ports import Runner
from samovar.types import Array, Signature
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Decoder:
    """A graph of `input_ids`, `past.*` and what else it hears → `logits` and `present.*`."""

    runner: Runner
    pasts: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many tokens it scores."""
        return _shape(self.runner.signature, "logits")[-1]

    def begin(self, heard: Mapping[str, Any], rows: int) -> "Talk":
        """Nothing said yet, by `rows` rows that hear `heard`, kept values or arrays."""
        shapes = {spec.name: spec.shape for spec in self.runner.signature.inputs}
        past = {
            name: np.zeros((rows, *(max(size, 0) for size in shapes[name][1:])), np.float32)
            for name in self.pasts
        }
        return Talk(self, dict(heard), past)


@dataclass(slots=True)
class Talk:
    """What a decoder has said so far, as its keys and values; they stay on its device."""

    decoder: Decoder
    heard: dict[str, Any]
    past: dict[str, Any]

    def say(self, tokens: Array) -> Array:
        """Tokens int64 (batch, n) said by each row → float32 (batch, vocabulary), the scores of
        what may come next. Raises ModelRunFailed.
        """
        given = {"input_ids": tokens, **self.past, **self.heard}
        presents = {name: _present(name) for name in self.decoder.pasts}
        found = self.decoder.runner.run_kept(given, ["logits"], list(presents.values()))
        self.past = {name: found[present] for name, present in presents.items()}
        logits: Array = found["logits"]
        return logits


def read_decoder(runner: Runner, heard: Sequence[str]) -> Decoder:
    """The decoder of a graph, bound by its tensors' names. Raises ManifestInvalid.

    `heard` names the inputs that come from elsewhere.
    """
    inputs = {spec.name for spec in runner.signature.inputs}
    outputs = {spec.name for spec in runner.signature.outputs}
    pasts = tuple(sorted(name for name in inputs if name.startswith("past.")))
    wanted = {"input_ids", *pasts, *heard}
    if inputs != wanted:
        odd = ", ".join(sorted(inputs ^ wanted))
        raise ManifestInvalid([f"program.runners: decode and encode disagree on {odd}"])
    missing = {"logits", *map(_present, pasts)} - outputs
    if missing:
        raise ManifestInvalid([f"program.runners: decode does not give {', '.join(missing)}"])
    return Decoder(runner, pasts)


def _present(past: str) -> str:
    return past.replace("past.", "present.", 1)


def _shape(signature: Signature, name: str) -> tuple[int, ...]:
    return next(spec.shape for spec in signature.outputs if spec.name == name)
