"""Speech to text with times: Whisper's encoder and decoder over windows of a sound."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from samovar.errors import PayloadTooLarge, WrongDatatype, WrongShape
from samovar.ports import Runner
from samovar.programs.listening import Listening
from samovar.programs.single import chain
from samovar.programs.sound_rows import SoundRow, Windows
from samovar.programs.token_loop import read_decoder
from samovar.programs.vocabulary import TICK_S, read_vocabulary
from samovar.steps.audio import pad_sounds
from samovar.steps.params import ParamError
from samovar.steps.text import open_tokenizer
from samovar.types import Array, Audio, ModelSpec, ReadAsset, Signature, Tensors, TensorSpec
from samovar.values import dataclass

SIGNATURE = Signature(
    inputs=(
        TensorSpec("audio", "FP32", (-1, -1)),
        TensorSpec("samples", "INT64", (-1,)),
        TensorSpec("language", "BYTES", (-1,)),
    ),
    outputs=(
        TensorSpec("text", "BYTES", (-1,)),
        TensorSpec("language", "BYTES", (-1,)),
        TensorSpec("segments", "BYTES", (-1,)),
        TensorSpec("duration_s", "FP64", (-1,)),
    ),
)
"""Mono sounds at the model's rate, each row's first `samples` of them, and its language ("" to
be told) → its text, its language, its segments as JSON, and its length in seconds."""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """The graphs `encode` (`mel` → `cross.*`) and `decode` (`input_ids`, `past.*`, `cross.*` →
    `logits`, `present.*`), over windows as long as the encoder hears at once.

    A window begins where the last one's times say that it was understood up to. Tokens are
    the likeliest ones (temperature 0). A window is silence where nobody speaks by more than
    `silence` and the words were less likely than `log_score` on average.
    """

    roles: ClassVar[tuple[str, ...]] = ("encode", "decode")
    batched: ClassVar[bool] = True

    tokenizer: str = "tokenizer.json"
    decoding: str = "decoding.json"
    """JSON: `suppress` and `suppress_first`, tokens that are never said, or not at first."""
    language: str = ""
    """Of sounds that do not say theirs; "" tells it from the first window that has speech."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """`translate` answers in English."""
    rate_hz: int = 16_000
    window: int = 400
    hop: int = 160
    max_tokens: int = 224
    """Of one window: what stops a decoder that repeats itself."""
    latest_start_s: float = 1.0
    silence: float = 0.6
    log_score: float = -1.0

    def __post_init__(self) -> None:
        for key in ("rate_hz", "window", "hop", "max_tokens"):
            if getattr(self, key) < 1:
                raise ParamError(key, f"must be 1 or more, not {getattr(self, key)}")
        if self.latest_start_s < 0:
            raise ParamError("latest_start_s", f"must be 0 or more, not {self.latest_start_s}")
        if not 0 <= self.silence <= 1:
            raise ParamError("silence", f"must lie in [0, 1], not {self.silence}")

    def bind(
        self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset
    ) -> "TranscribeProgram":
        """The program over its two graphs. Raises ManifestInvalid, ModelCorrupt."""
        windows = Windows.of(runners["encode"], self.hop, self.window, self.rate_hz)
        decoder = read_decoder(runners["decode"], windows.gives)
        tokenizer = open_tokenizer(self.tokenizer, read(self.tokenizer))
        words = read_vocabulary(tokenizer, read(self.decoding), decoder.size)
        language = words.check_language(self.language) if self.language else ""
        start = round(self.latest_start_s / TICK_S)
        return TranscribeProgram(
            params=replace(self, language=language),
            windows=windows,
            listening=Listening(decoder, words, self.task, self.max_tokens, start),
            decode=tokenizer.decode,
            pre=chain(spec.pre, read),
            max_seconds=spec.limits.max_seconds,
        )


@dataclass(frozen=True, slots=True)
class TranscribeProgram:
    """`prepare`, `run` and `answer` of several sounds, whose windows are heard together."""

    params: Transcribe
    windows: Windows
    listening: Listening
    decode: Callable[[Sequence[int]], str]
    pre: Callable[[Any], Any]
    max_seconds: float
    signature: Signature = SIGNATURE

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """Sounds → `audio`, filled with silence to whole windows, `samples` and `language`."""
        sounds: list[Audio] = self.pre(list(items))
        for sound in sounds:
            self._check_rate(sound)
            self._language(sound.language)
        counts = [len(sound.samples) for sound in sounds]
        # Whole windows, so that short sounds of any length may share a run.
        width = -(-max(counts, default=0) // self.windows.samples) * self.windows.samples
        return {
            "audio": pad_sounds([sound.samples for sound in sounds], width),
            "samples": np.array(counts, np.int64),
            "language": np.array([sound.language for sound in sounds], object),
        }

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """`audio`, `samples`, `language` → `text`, `language`, `segments`, `duration_s`.

        Raises PayloadTooLarge, ModelRunFailed.
        """
        rows = self._rows(tensors)
        while waiting := [row for row in rows if not row.is_done]:
            heard = self.windows.encode([row.samples[row.at :] for row in waiting])
            found = self.listening.hear(heard, [row.language for row in waiting])
            for row, window in zip(waiting, found, strict=True):
                row.take(window, self.windows.samples)
        return self._tensors(rows, outputs)

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """`text`, `language`, `segments` [{start_s, end_s, text}] and `duration_s` of each."""
        return [
            {
                "text": tensors["text"][row],
                "language": tensors["language"][row],
                "segments": json.loads(tensors["segments"][row]),
                "duration_s": float(tensors["duration_s"][row]),
            }
            for row in range(rows)
        ]

    def _tensors(self, rows: Sequence[SoundRow], outputs: Sequence[str]) -> dict[str, Array]:
        told = [row.tell(self.decode) for row in rows]
        found = {
            "text": _texts([text for text, _ in told]),
            "language": _texts([row.language for row in rows]),
            "segments": _texts([json.dumps(said, ensure_ascii=False) for _, said in told]),
            "duration_s": np.array([row.duration_s for row in rows], np.float64),
        }
        return {name: found[name] for name in outputs or found}

    def _rows(self, tensors: Tensors) -> list[SoundRow]:
        audio, counts = tensors["audio"], tensors["samples"]
        if not np.isfinite(audio).all():
            raise WrongDatatype("tensor 'audio' has samples that are not finite (NaN or infinity)")
        if ((counts < 0) | (counts > audio.shape[1])).any():
            raise WrongShape(f"tensor 'samples' must lie in [0, {audio.shape[1]}], as 'audio' has")
        longest_s = int(counts.max(initial=0)) / self.params.rate_hz
        if longest_s > self.max_seconds:
            raise PayloadTooLarge(
                f"tensor 'audio' has {longest_s:.1f} s of sound; at most {self.max_seconds:g} s"
            )
        asked = [self._language(code) for code in tensors["language"]]
        return [
            SoundRow(samples[:count], language, self.params, self.listening.words)
            for samples, count, language in zip(audio, counts, asked, strict=True)
        ]

    def _language(self, asked: str | bytes) -> str:
        code = asked.decode(errors="replace") if isinstance(asked, bytes) else str(asked)
        return self.listening.words.check_language(code) if code else self.params.language

    def _check_rate(self, sound: Audio) -> None:
        if sound.rate_hz != self.params.rate_hz:
            raise WrongShape(
                f"the sound has {sound.rate_hz} Hz, but the model hears {self.params.rate_hz} Hz; "
                "resample it, or put the step 'resample' into the manifest"
            )


def _texts(values: Sequence[str]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array
