"""The sounds of one run: what each has been heard to say, and which window comes next."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from samovar.errors import ManifestInvalid
from samovar.ports import Runner
from samovar.programs.listening import Heard
from samovar.programs.speech_segments import Stretch, read_window
from samovar.programs.vocabulary import Vocabulary
from samovar.steps.audio import pad_sounds
from samovar.steps.mel import log_mel
from samovar.types import Array
from samovar.values import dataclass, field

LEAST_S = 1.0
"""A window settles this much at least: what bounds the windows of a sound."""
TAIL_S = 0.1
"""Less than this at a sound's end is not heard on its own: nobody says anything in it."""


class Threshold(Protocol):
    """When a window counts as silence."""

    @property
    def rate_hz(self) -> int:
        """Samples of a second."""
        ...

    @property
    def silence(self) -> float:
        """How likely it must be that nobody speaks."""
        ...

    @property
    def log_score(self) -> float:
        """Words that are likelier than this on average are kept all the same."""
        ...


@dataclass(frozen=True, slots=True)
class Windows:
    """The encoder and what it hears at once."""

    runner: Runner
    samples: int
    mels: int
    hop: int
    window: int
    rate_hz: int
    gives: tuple[str, ...]

    @classmethod
    def of(cls, runner: Runner, hop: int, window: int, rate_hz: int) -> "Windows":
        """The windows of an encoder `mel` (batch, mels, frames). Raises ManifestInvalid."""
        inputs = {spec.name: spec.shape for spec in runner.signature.inputs}
        shape = inputs.get("mel", ())
        if len(inputs) != 1 or len(shape) != 3 or min(shape[1:]) < 1:
            raise ManifestInvalid(
                ["program.runners: encode must take 'mel' of shape [-1, mels, frames] alone"]
            )
        gives = tuple(spec.name for spec in runner.signature.outputs)
        return cls(runner, shape[2] * hop, shape[1], hop, window, rate_hz, gives)

    def encode(self, sounds: Sequence[Array]) -> dict[str, Any]:
        """The beginning of each sound float32 (samples,), encoded: values that stay where the
        encoder made them, for the decoder to read. Raises ModelRunFailed.
        """
        padded = pad_sounds([sound[: self.samples] for sound in sounds], self.samples)
        mel = log_mel(padded, self.mels, self.rate_hz, self.window, self.hop)
        return self.runner.run_kept({"mel": mel}, (), self.gives)


@dataclass(slots=True)
class SoundRow:
    """One sound on its way: `at` is the sample up to which it has been understood."""

    samples: Array
    language: str
    limits: Threshold
    words: Vocabulary
    at: int = 0
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """The sound's length."""
        return round(len(self.samples) / self.limits.rate_hz, 3)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to hear. A sound that is short as a whole is heard."""
        left = len(self.samples) - self.at
        return left <= (TAIL_S * self.limits.rate_hz if self.at else 0)

    def take(self, heard: Heard, window: int) -> None:
        """Keep what the next `window` samples said, and move on.

        The first window in which somebody speaks tells the language of the others.
        """
        if self._is_silence(heard):
            self.at += window
            return
        self.language = self.language or heard.language
        rate, start_s = self.limits.rate_hz, self.at / self.limits.rate_hz
        length_s = min(window, len(self.samples) - self.at) / rate
        reading = read_window(heard.tokens, length_s, self.words)
        self.stretches += [
            Stretch(start_s + part.start_s, start_s + part.end_s, part.tokens)
            for part in reading.stretches
        ]
        self.at += round(max(reading.settled_s, LEAST_S) * rate)

    def tell(self, decode: Callable[[Sequence[int]], str]) -> tuple[str, list[dict[str, Any]]]:
        """The whole text, and its segments with times in seconds within the sound."""
        said = [(part, decode(part.tokens)) for part in self.stretches]
        segments = [
            {
                "start_s": round(min(part.start_s, self.duration_s), 2),
                "end_s": round(min(part.end_s, self.duration_s), 2),
                "text": text.strip(),
            }
            for part, text in said
            if text.strip()
        ]
        return "".join(text for _, text in said).strip(), segments

    def _is_silence(self, heard: Heard) -> bool:
        unlikely = heard.log_score <= self.limits.log_score
        return heard.silence > self.limits.silence and unlikely
