"""A graph that hears a sound frame by frame and remembers: its state goes from run to run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from samovar.errors import InvalidInput, ManifestInvalid, PayloadTooLarge, WrongDatatype
from samovar.ports import Runner
from samovar.programs.segments import SegmentParams, find_segments
from samovar.programs.single import chain
from samovar.steps.params import ParamError
from samovar.types import Array, Audio, ModelSpec, ReadAsset, Signature, Tensors, TensorSpec
from samovar.values import dataclass

SIGNATURE = Signature(
    inputs=(TensorSpec("audio", "FP32", (-1,)),),
    outputs=(TensorSpec("probability", "FP32", (-1,)),),
)
"""Samples of a mono sound at the model's rate → a score a frame."""


@dataclass(frozen=True, slots=True)
class Frames(SegmentParams):
    """One graph over a sound's frames, with its state handed from each frame to the next.

    A frame is `frame` new samples after the last `context` samples of the one before it
    (silence before the first); the last frame is filled with silence. The defaults are
    silero-vad's. `rate_tensor` = "" is for a graph that takes no sampling rate.
    """

    roles: ClassVar[tuple[str, ...]] = ("model",)
    batched: ClassVar[bool] = False

    frame: int = 512
    context: int = 64
    state_shape: tuple[int, ...] = (2, 1, 128)
    frame_tensor: str = "input"
    state_tensor: str = "state"
    next_state_tensor: str = "stateN"
    rate_tensor: str = "sr"
    score_tensor: str = "output"

    def __post_init__(self) -> None:
        SegmentParams.__post_init__(self)
        if self.frame < 1:
            raise ParamError("frame", f"must be 1 sample or more, not {self.frame}")
        if self.context < 0:
            raise ParamError("context", f"must be 0 samples or more, not {self.context}")
        if not all(size > 0 for size in self.state_shape):
            raise ParamError("state_shape", f"must have sizes above 0, not {self.state_shape}")

    def bind(
        self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset
    ) -> "FramesProgram":
        """The program over its graph. Raises ManifestInvalid for a tensor that the graph lacks."""
        runner = runners["model"]
        _check_names(self, runner.signature)
        return FramesProgram(self, runner, chain(spec.pre, read), spec.limits.max_seconds)


@dataclass(frozen=True, slots=True)
class FramesProgram:
    """`prepare`, `run` and `answer` of one sound: `audio` → `probability`, one a frame."""

    params: Frames
    runner: Runner
    pre: Callable[[Any], Any]
    max_seconds: float
    signature: Signature = SIGNATURE

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """One Audio → `audio`, at the model's rate. Raises InvalidInput."""
        if len(items) != 1:
            raise InvalidInput(f"this model hears one sound a request, not {len(items)}")
        sound: Audio = self.pre(list(items))[0]
        if sound.rate_hz != self.params.rate_hz:
            raise InvalidInput(
                f"the sound has {sound.rate_hz} Hz, but the model hears {self.params.rate_hz} Hz; "
                "resample it, or put the step 'resample' into the manifest"
            )
        return {"audio": sound.samples}

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """`audio` float32 (samples,) → `probability` float32 (frames,) in [0, 1].

        An empty sound has no frames. Raises WrongDatatype for a sample that is not finite.
        """
        samples = tensors["audio"]
        self._check(samples)
        scores = np.zeros(-(-len(samples) // self.params.frame), np.float32)
        state = np.zeros(self.params.state_shape, np.float32)
        for index, window in enumerate(windows(samples, self.params.frame, self.params.context)):
            scores[index], state = self._step(window, state)
        return dict.fromkeys(outputs or ("probability",), scores)

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """`segments` [{start, end}] in seconds, `speech_seconds`, and `score`: the highest."""
        if not rows:
            return []
        scores = tensors["probability"]
        segments = find_segments(scores, self.params.frame, self.params)
        total = sum((segment["end"] - segment["start"] for segment in segments), 0.0)
        best = float(scores.max()) if scores.size else 0.0
        return [{"segments": segments, "speech_seconds": round(total, 3), "score": best}]

    def _step(self, window: Array, state: Array) -> tuple[float, Array]:
        params = self.params
        given = {params.frame_tensor: window[None], params.state_tensor: state}
        if params.rate_tensor:
            given[params.rate_tensor] = np.array(params.rate_hz, np.int64)
        found = self.runner.run(given, [params.score_tensor, params.next_state_tensor])
        return found[params.score_tensor].item(), found[params.next_state_tensor]

    def _check(self, samples: Array) -> None:
        seconds = len(samples) / self.params.rate_hz
        if seconds > self.max_seconds:
            raise PayloadTooLarge(
                f"tensor 'audio' has {seconds:.1f} s of sound; at most {self.max_seconds:g} s"
            )
        if not np.isfinite(samples).all():
            raise WrongDatatype("tensor 'audio' has samples that are not finite (NaN or infinity)")


def windows(samples: Array, frame: int, context: int) -> Array:
    """float32 (frames, context + frame) of samples (n,): overlapping, padded with silence.

    A view: no sample is copied but once.
    """
    count = -(-len(samples) // frame)
    padded = np.zeros(context + count * frame, np.float32)
    padded[context : context + len(samples)] = samples
    step = padded.strides[0]
    return np.lib.stride_tricks.as_strided(
        padded, (count, context + frame), (frame * step, step), writeable=False
    )


def _check_names(params: Frames, signature: Signature) -> None:
    inputs = {spec.name for spec in signature.inputs}
    outputs = {spec.name for spec in signature.outputs}
    wanted = {"frame_tensor": inputs, "state_tensor": inputs, "rate_tensor": inputs}
    wanted |= {"score_tensor": outputs, "next_state_tensor": outputs}
    for key, held in wanted.items():
        name = getattr(params, key)
        if name and name not in held:
            there = ", ".join(sorted(held))
            raise ManifestInvalid([f"program.params: {key} is {name!r}; the graph has: {there}"])
