"""Scores of every token to the one that is said: greedily, or by chance within what is likely."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from samovar.errors import InvalidInput, UnknownTensor, WrongDatatype
from samovar.types import Array
from samovar.values import dataclass

MOST_STOPS, MOST_STOP_CHARACTERS, MOST_LOGPROBS = 16, 256, 20


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a text goes on, and where it ends."""

    max_tokens: int = 256
    temperature: float = 0.0
    """0 takes the likeliest token; more makes the unlikely ones likelier."""
    top_k: int = 0
    """So many of the likeliest tokens are considered; 0 for all."""
    top_p: float = 1.0
    """The likeliest tokens are considered until they have this probability together."""
    min_p: float = 0.0
    """Tokens are considered that are at least this share as likely as the likeliest."""
    repetition_penalty: float = 1.0
    """What was said, in the prompt or since, is made this much less likely; 1 for no change."""
    seed: int | None = None
    """Of the chance: the same seed gives the same text. None takes one from the system."""
    stop: tuple[str, ...] = ()
    """Texts before which the answer ends."""
    logprobs: int = -1
    """How many of the likeliest tokens to tell with each; 0 for its own, −1 for none."""


RANGES: Mapping[str, tuple[float, float]] = {
    "max_tokens": (1, 1_000_000),
    "temperature": (0.0, 5.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.1, 10.0),
    "seed": (0, 2**63 - 1),
    "logprobs": (-1, MOST_LOGPROBS),
}
WHOLE = frozenset({"max_tokens", "top_k", "seed", "logprobs"})


def read_sampling(said: Mapping[str, Any], usual: Sampling) -> Sampling:
    """What a request says over what the model's manifest does; null is as if it was not said.

    Raises UnknownTensor for a name that is none, WrongDatatype and InvalidInput with the
    parameter, what it may be and what it is.
    """
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name not in RANGES and name != "stop":
            known = ", ".join((*RANGES, "stop"))
            raise UnknownTensor(f"'{name[:60]}' is no parameter of a generation; known: {known}")
        if value is not None:
            found[name] = _stops(value) if name == "stop" else _number(name, value)
    return replace(usual, **found)


def _number(name: str, value: Any) -> float:
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongDatatype(f"'{name}' must be a number")
    if not low <= value <= high:
        raise InvalidInput(f"'{name}' must lie in [{low:g}, {high:g}], not {value}")
    if name in WHOLE and value != int(value):
        raise WrongDatatype(f"'{name}' must be a whole number, not {value}")
    return int(value) if name in WHOLE else float(value)


def _stops(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise WrongDatatype("'stop' must be a text or a list of texts, none of them empty")
    if len(texts) > MOST_STOPS or max(map(len, texts), default=0) > MOST_STOP_CHARACTERS:
        raise InvalidInput(
            f"'stop' may have {MOST_STOPS} texts of {MOST_STOP_CHARACTERS} characters at most"
        )
    return tuple(texts)


class Chooser:
    """The next token of one text, again and again."""

    def __init__(self, sampling: Sampling, prompt: Sequence[int]) -> None:
        self._sampling = sampling
        self._chance = Random(sampling.seed)  # noqa: S311 - what is said next is no secret
        self._said = list(dict.fromkeys(prompt)) if sampling.repetition_penalty != 1 else []

    def choose(self, scores: Array) -> int:
        """A token, for the scores float32 (vocabulary,) of what may come next."""
        if self._said:
            scores = penalised(scores, self._said, self._sampling.repetition_penalty)
        token = self._pick(scores)
        if self._sampling.repetition_penalty != 1:
            self._said.append(token)
        return token

    def _pick(self, scores: Array) -> int:
        if self._sampling.temperature <= 0:
            return int(scores.argmax())
        tokens, chances = considered(scores, self._sampling)
        # What floating point takes from the sum of all chances is the last token's.
        at = int(np.searchsorted(np.cumsum(chances), self._chance.random()))
        return int(tokens[min(at, len(tokens) - 1)])


def penalised(scores: Array, said: Sequence[int], penalty: float) -> Array:
    """Scores with those of `said` divided by `penalty`, or times it where they are negative.

    Source: Keskar et al. 2019, "CTRL", as transformers and llama.cpp apply it.
    """
    found = scores.copy()
    own = found[list(said)]
    found[list(said)] = np.where(own > 0, own / penalty, own * penalty)
    return found


def considered(scores: Array, sampling: Sampling) -> tuple[Array, Array]:
    """The tokens that may be said, int64 (n,), likeliest first, and their chances, float64 (n,).

    top-k first, then the temperature, then top-p and min-p of what that leaves; the chances
    have a sum of 1.
    """
    count = min(sampling.top_k or len(scores), len(scores))
    if count < len(scores):
        tokens = np.argpartition(-scores, count - 1)[:count]
    else:
        tokens = np.arange(len(scores))
    tokens = tokens[np.argsort(-scores[tokens], kind="stable")]
    wide = scores[tokens].astype(np.float64) / sampling.temperature
    chances = np.exp(wide - wide[0])
    chances /= chances.sum()
    before = np.cumsum(chances) - chances
    # The likeliest one stays whatever is asked.
    kept = (before < sampling.top_p) & (chances >= sampling.min_p * chances[0])
    kept[0] = True
    left = chances[kept]
    return tokens[kept], left / left.sum()


def log_probabilities(scores: Array) -> Array:
    """Natural logarithms of the probabilities, float64 (vocabulary,), before any sampling."""
    wide = scores.astype(np.float64)
    wide -= wide.max()
    found: Array = wide - np.log(np.exp(wide).sum())
    return found
