"""One text that grows, a token at a time, until it ends."""

from collections.abc import Callable, Sequence

from samovar.errors import SamovarError
from samovar.generation.calls import Calls, Delta, Heard
from samovar.generation.grammars import Constraint
from samovar.generation.likeliest import best
from samovar.generation.sampling import Chooser, Sampling, log_total
from samovar.generation.saying import Saying
from samovar.types import Array
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A token with its log probability, and those of the likeliest in its place."""

    token: int
    log_probability: float
    likeliest: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """What a text may be: all that a `constraint` allows, with `calls` of tools in it."""

    constraint: Constraint | None = None
    calls: bool = False


PLAIN = Manner()


class Text:
    """What a model says after a prompt."""

    def __init__(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        decode: Callable[[Sequence[int]], str],
        ends: frozenset[int],
        manner: Manner = PLAIN,
    ) -> None:
        self.prompt = list(prompt)
        self.tokens: list[int] = []
        """What was said, without the token that ends it."""
        self.told: list[Told] = []
        self.pieces: list[str] = []
        """Its text so far: each piece is certain."""
        self.called: list[Delta] = []
        """Its calls of tools so far, in pieces."""
        self.reason = ""
        """Why it ended: stop, length, tool_calls or cancelled; "" while it grows."""
        self.error: SamovarError | None = None
        self.read = 0
        """Of the prompt, how many tokens somebody's prompt had brought already."""
        self._sampling = sampling
        self._chooser = Chooser(sampling, prompt)
        self._saying = Saying(decode, sampling.stop)
        self._ends = ends
        self._constraint = manner.constraint
        self._calls = Calls() if manner.calls else None

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
        try:
            self._take(self._chosen(scores), scores)
        except SamovarError as error:  # its own: others go on
            self.fail(error)

    def finish(self, reason: str) -> None:
        """It ends here, if it has not before; what was held back is told."""
        if not self.is_done:
            self.reason = reason
            self._tell(self._saying.end())
            if self._calls is not None:
                self._hear(self._calls.end())
                self.reason = "tool_calls" if reason == "stop" and self._calls.whole else reason

    def fail(self, error: SamovarError) -> None:
        """It cannot go on."""
        if not self.is_done:
            self.error = error

    def _chosen(self, scores: Array) -> int:
        allowed = self._constraint.allowed(len(scores)) if self._constraint else None
        token = self._chooser.choose(scores, allowed)
        if self._constraint and token not in self._ends:
            self._constraint.take(token)
        return token

    def _take(self, token: int, scores: Array) -> None:
        if token in self._ends:
            self.finish("stop")
            return
        self.tokens.append(token)
        if self._sampling.logprobs >= 0:
            self.told.append(_told(token, scores, self._sampling.logprobs))
        self._tell(self._saying.add(token))
        if self._saying.is_stopped or (self._constraint and self._constraint.is_over):
            self.finish("stop")
        elif len(self.tokens) >= self._sampling.max_tokens:
            self.finish("length")

    def _tell(self, piece: str) -> None:
        if piece:
            self._hear(self._calls.add(piece) if self._calls else Heard(piece))

    def _hear(self, heard: Heard) -> None:
        if heard.text:
            self.pieces.append(heard.text)
        self.called += heard.calls


def _told(token: int, scores: Array, count: int) -> Told:
    total = log_total(scores)
    likeliest = tuple((int(at), float(scores[at]) - total) for at in best(scores, count))
    return Told(token, float(scores[token]) - total, likeliest)
