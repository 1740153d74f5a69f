"""One text that grows, a token at a time, until it ends."""

from collections.abc import Callable, Sequence

import numpy as np

from samovar.errors import SamovarError
from samovar.generation.sampling import Chooser, Sampling, log_probabilities
from samovar.generation.saying import Saying
from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A token with its log probability, and those of the likeliest in its place."""

    token: int
    log_probability: float
    likeliest: tuple[tuple[int, float], ...] = ()


class Text:
    """What a model says after a prompt."""

    def __init__(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        decode: Callable[[Sequence[int]], str],
        ends: frozenset[int],
    ) -> None:
        self.prompt = list(prompt)
        self.tokens: list[int] = []
        """What was said, without the token that ends it."""
        self.told: list[Told] = []
        self.pieces: list[str] = []
        """Its text so far: each piece is certain."""
        self.reason = ""
        """Why it ended: stop, length or cancelled; "" while it grows."""
        self.error: SamovarError | None = None
        self.read = 0
        """Of the prompt, how many tokens somebody's prompt had brought already."""
        self._sampling = sampling
        self._chooser = Chooser(sampling, prompt)
        self._saying = Saying(decode, sampling.stop)
        self._ends = ends

    @property
    def is_done(self) -> bool:
        """Whether it ended, one way or another."""
        return bool(self.reason) or self.error is not None

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.pieces)

    def add(self, scores: Array) -> None:
        """Its next token, for the scores float32 (vocabulary,) of what may come next."""
        token = self._chooser.choose(scores)
        if token in self._ends:
            self.finish("stop")
            return
        self.tokens.append(token)
        if self._sampling.logprobs >= 0:
            self.told.append(_told(token, scores, self._sampling.logprobs))
        self._tell(self._saying.add(token))
        if self._saying.is_stopped:
            self.finish("stop")
        elif len(self.tokens) >= self._sampling.max_tokens:
            self.finish("length")

    def finish(self, reason: str) -> None:
        """It ends here, if it has not before; what was held back is told."""
        if not self.is_done:
            self.reason = reason
            self._tell(self._saying.end())

    def fail(self, error: SamovarError) -> None:
        """It cannot go on."""
        if not self.is_done:
            self.error = error

    def _tell(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)


def _told(token: int, scores: Array, count: int) -> Told:
    chances = log_probabilities(scores)
    best = np.argsort(-chances, kind="stable")[:count]
    likeliest = tuple((int(at), float(chances[at])) for at in best)
    return Told(token, float(chances[token]), likeliest)
