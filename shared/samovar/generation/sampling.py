"""Scores of every token to the one that is said: greedily, or by chance within what is likely."""

from collections.abc import Sequence
from random import Random

import numpy as np

from samovar.generation.likeliest import draw
from samovar.types import Array
from samovar.values import dataclass


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
    presence_penalty: float = 0.0
    """Taken from the score of every token that the text has already."""
    frequency_penalty: float = 0.0
    """The same, once for each time that the text has the token."""
    logit_bias: tuple[tuple[int, float], ...] = ()
    """Tokens, and what is added to the score of each: −100 forbids one, 100 forces it."""
    seed: int | None = None
    """Of the chance: the same seed gives the same text. None takes one from the system."""
    stop: tuple[str, ...] = ()
    """Texts before which the answer ends."""
    logprobs: int = -1
    """How many of the likeliest tokens to tell with each; 0 for its own, −1 for none."""


_NEVER = np.float32(-np.inf)


class Chooser:
    """The next token of one text, again and again."""

    def __init__(self, sampling: Sampling, prompt: Sequence[int]) -> None:
        self._sampling = sampling
        self._chance = Random(sampling.seed)  # noqa: S311 - what is said next is no secret
        self._said = list(dict.fromkeys(prompt)) if sampling.repetition_penalty != 1 else []
        self._counts: dict[int, int] = {}  # of what the text has, where a penalty asks for it
        self._is_adjusted = bool(
            sampling.logit_bias
            or sampling.presence_penalty
            or sampling.frequency_penalty
            or sampling.repetition_penalty != 1
        )

    def choose(self, scores: Array, allowed: Array | None = None) -> int:
        """A token, for the scores float32 (vocabulary,) of what may come next.

        `allowed` bool (vocabulary,) names those that may be said at all; None for all.
        """
        if not self._is_adjusted:
            return self._pick(_only(scores, allowed))
        token = self._pick(_only(self._adjusted(scores), allowed))
        self._counts[token] = self._counts.get(token, 0) + 1
        if self._sampling.repetition_penalty != 1:
            self._said.append(token)
        return token

    def _adjusted(self, scores: Array) -> Array:
        """Scores with all that is added to some and taken from others."""
        asked = self._sampling
        found = scores.copy()
        if self._said:
            found = penalised(found, self._said, asked.repetition_penalty)
        if self._counts and (asked.presence_penalty or asked.frequency_penalty):
            often = np.fromiter(self._counts.values(), np.float32, len(self._counts))
            found[[*self._counts]] -= asked.presence_penalty + asked.frequency_penalty * often
        for token, bias in asked.logit_bias:
            found[token] += bias
        return found

    def _pick(self, scores: Array) -> int:
        if self._sampling.temperature <= 0:
            return int(scores.argmax())
        return draw(scores, self._sampling, self._chance.random())


def _only(scores: Array, allowed: Array | None) -> Array:
    return scores if allowed is None else np.where(allowed, scores, _NEVER)


def penalised(scores: Array, said: Sequence[int], penalty: float) -> Array:
    """Scores with those of `said` divided by `penalty`, or times it where they are negative.

    Source: Keskar et al. 2019, "CTRL", as transformers and llama.cpp apply it.
    """
    found = scores.copy()
    own = found[list(said)]
    found[list(said)] = np.where(own > 0, own / penalty, own * penalty)
    return found


def log_total(scores: Array) -> float:
    """What a token's score is more than its log probability, natural, before any sampling.

    As exact as float32 scores are: seven digits.
    """
    highest = scores.max()
    wide = scores - highest
    return float(highest) + float(np.log(np.exp(wide, out=wide).sum()))
