"""Sounds: resampled, padded, framed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from samovar.errors import PayloadTooLarge, WrongShape
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.steps.resampling import resample
from samovar.types import Array, Audio, Kind
from samovar.values import dataclass

_RATES_HZ = range(1_000, 192_001)
_MAX_ELEMENTS = 1 << 27
"""Of one tensor: one long sound among many short ones makes all of them long."""


@dataclass(frozen=True, slots=True)
class Resample(Pure):
    """Sounds at `rate_hz`; one already at that rate passes untouched. See `resample`."""

    takes: ClassVar[Kind] = Kind.AUDIO
    gives: ClassVar[Kind] = Kind.AUDIO

    rate_hz: int

    def __post_init__(self) -> None:
        if self.rate_hz not in _RATES_HZ:
            raise ParamError("rate_hz", f"must lie in [1000, 192000] Hz, not {self.rate_hz}")

    def apply(self, batch: Sequence[Audio]) -> list[Audio]:
        """The same sounds at one rate."""
        return [
            replace(
                sound,
                samples=resample(sound.samples, sound.rate_hz, self.rate_hz),
                rate_hz=self.rate_hz,
            )
            for sound in batch
        ]


@dataclass(frozen=True, slots=True)
class AudioTensor(Pure):
    """Sounds as one float32 tensor (batch, samples) in [−1, 1].

    With `samples` each sound is cut to it or padded with silence on the right; with 0 all
    are padded to the longest. `lengths`, where named, is int64 (batch,): each sound's own
    samples within the tensor. `rate_hz`, where given, is checked. Raises WrongShape.
    """

    takes: ClassVar[Kind] = Kind.AUDIO
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str
    samples: int = 0
    rate_hz: int = 0
    lengths: str = ""

    def __post_init__(self) -> None:
        if self.samples < 0:
            raise ParamError("samples", f"must be 0 or more, not {self.samples}")
        if self.lengths == self.tensor:
            raise ParamError("lengths", "names the tensor of the sounds too")

    def apply(self, batch: Sequence[Audio]) -> dict[str, Array]:
        """One row a sound."""
        check_rates(batch, self.rate_hz)
        width = self.samples or max((len(sound.samples) for sound in batch), default=0)
        padded = pad_sounds([sound.samples for sound in batch], width)
        if not self.lengths:
            return {self.tensor: padded}
        lengths = [min(len(sound.samples), width) for sound in batch]
        return {self.tensor: padded, self.lengths: np.array(lengths, np.int64)}


@dataclass(frozen=True, slots=True)
class Frame(Pure):
    """Sounds cut into frames: float32 (batch, frames, length), a frame every `hop` samples.

    The last frame of a sound is filled with silence, and so are the missing frames of the
    shorter sounds of a batch. `counts`, where named, is int64 (batch,): each sound's own
    frames. A sound of n samples has 1 + ceil((n − length) / hop) frames, and at least one.
    """

    takes: ClassVar[Kind] = Kind.AUDIO
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str
    length: int
    hop: int = 0
    rate_hz: int = 0
    counts: str = ""

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ParamError("length", f"must be 1 or more, not {self.length}")
        if self.hop < 0:
            raise ParamError("hop", f"must be 0 (the length) or more, not {self.hop}")
        if self.counts == self.tensor:
            raise ParamError("counts", "names the tensor of the frames too")

    def apply(self, batch: Sequence[Audio]) -> dict[str, Array]:
        """The frames of each sound."""
        check_rates(batch, self.rate_hz)
        hop = self.hop or self.length
        counts = [frame_count(len(sound.samples), self.length, hop) for sound in batch]
        most = max(counts, default=0)
        width = (most - 1) * hop + self.length if most else 0
        padded = pad_sounds([sound.samples for sound in batch], width)
        check_elements(len(batch) * most * self.length)
        tensors = {self.tensor: frames(padded, self.length, hop)}
        return tensors | ({self.counts: np.array(counts, np.int64)} if self.counts else {})


def frame_count(samples: int, length: int, hop: int) -> int:
    """How many frames cover a sound; at least one."""
    return 1 + max(-(-(samples - length) // hop), 0)


def frames(sounds: Array, length: int, hop: int) -> Array:
    """(batch, frames, length) from (batch, samples): whole frames only, a fresh array."""
    if sounds.shape[1] < length:
        return np.empty((len(sounds), 0, length), sounds.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(sounds, length, axis=1)
    return np.ascontiguousarray(windows[:, ::hop])


def pad_sounds(sounds: Sequence[Array], width: int) -> Array:
    """float32 (batch, width): each sound cut to `width`, or filled with silence.

    Raises PayloadTooLarge over 2^27 elements.
    """
    check_elements(len(sounds) * width)
    padded = np.zeros((len(sounds), width), np.float32)
    for row, samples in zip(padded, sounds, strict=True):
        row[: min(len(samples), width)] = samples[:width]
    return padded


def check_elements(count: int) -> None:
    """Raises PayloadTooLarge where a tensor would take more than 512 MiB."""
    if count > _MAX_ELEMENTS:
        raise PayloadTooLarge(
            f"these sounds together would take {count} elements, {_MAX_ELEMENTS} at most are "
            "taken; send fewer at once, or sounds of like length"
        )


def check_rates(sounds: Sequence[Audio], rate_hz: int) -> None:
    """Raises WrongShape where a sound is not at `rate_hz`; 0 takes any rate."""
    for number, sound in enumerate(sounds):
        if rate_hz and sound.rate_hz != rate_hz:
            raise WrongShape(
                f"sound {number} is at {sound.rate_hz} Hz, but this model takes {rate_hz} Hz; "
                "put the step 'resample' before"
            )
