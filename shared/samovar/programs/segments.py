"""Probabilities a frame → stretches of time in which there is speech."""

from collections.abc import Sequence

from samovar.steps.params import ParamError
from samovar.types import Array
from samovar.values import dataclass

Span = tuple[int, int]
"""First sample, and the first after the last."""


@dataclass(frozen=True, slots=True)
class SegmentParams:
    """When a stretch begins and ends, as silero-vad's `get_speech_timestamps` has it."""

    rate_hz: int = 16_000
    threshold: float = 0.5
    """From this probability on a frame starts speech, or goes on with it."""
    release: float = 0.35
    """Below this probability speech may end; between the two it goes on."""
    min_speech_ms: float = 250
    """Stretches that are not longer are dropped."""
    min_silence_ms: float = 100
    """A pause that is shorter does not end a stretch."""
    pad_ms: float = 30
    """Added at both ends; where two stretches would meet they share the pause."""

    def __post_init__(self) -> None:
        if self.rate_hz <= 0:
            raise ParamError("rate_hz", f"must be above 0 Hz, not {self.rate_hz}")
        for key in ("threshold", "release"):
            if not 0 <= getattr(self, key) <= 1:
                raise ParamError(key, f"must lie in [0, 1], not {getattr(self, key)}")
        if self.release > self.threshold:
            raise ParamError("release", f"must not be over threshold ({self.threshold})")
        for key in ("min_speech_ms", "min_silence_ms", "pad_ms"):
            if getattr(self, key) < 0:
                raise ParamError(key, f"must be 0 ms or more, not {getattr(self, key)}")


def find_segments(scores: Array, frame: int, params: SegmentParams) -> list[dict[str, float]]:
    """[{start, end}] in seconds to the millisecond, of probabilities (frames,) in [0, 1].

    The sound is taken to end with its last frame, of `frame` samples.
    """
    spans = _pad(_spans(scores, frame, params), len(scores) * frame, params)
    return [
        {"start": round(start / params.rate_hz, 3), "end": round(end / params.rate_hz, 3)}
        for start, end in spans
    ]


def _spans(scores: Array, frame: int, params: SegmentParams) -> list[Span]:
    """Stretches in samples, before padding."""
    min_silence = params.rate_hz * params.min_silence_ms / 1000
    min_speech = params.rate_hz * params.min_speech_ms / 1000
    spans: list[Span] = []
    start = pause = -1
    for at, score in zip(range(0, len(scores) * frame, frame), scores.tolist(), strict=True):
        if score >= params.threshold:
            start, pause = (at if start < 0 else start), -1
        elif score < params.release and start >= 0:
            pause = at if pause < 0 else pause
            if at - pause >= min_silence:
                spans.append((start, pause))
                start = pause = -1
    if start >= 0:
        spans.append((start, len(scores) * frame))
    return [(start, end) for start, end in spans if end - start > min_speech]


def _pad(spans: Sequence[Span], length: int, params: SegmentParams) -> list[Span]:
    pad = params.rate_hz * params.pad_ms / 1000
    ends = [-2 * length, *(edge for span in spans for edge in span), 3 * length]
    padded = []
    for index, (start, end) in enumerate(spans):
        before, after = start - ends[2 * index], ends[2 * index + 3] - end
        padded.append(
            (
                max(0, int(start - min(pad, before // 2))),
                min(length, int(end + min(pad, after // 2))),
            )
        )
    return padded
