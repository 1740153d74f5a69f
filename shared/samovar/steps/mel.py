"""Sounds → log-mel spectrograms, as speech recognisers hear them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np

from samovar.steps.audio import check_elements, check_rates, pad_sounds
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import Array, Audio, Kind
from samovar.values import dataclass

_LINEAR_HZ = 200 / 3
"""Hertz of a mel below 1,000 Hz (Slaney); above it each mel is a factor of 6.4^(1/27)."""
_KNEE_HZ, _KNEE_MEL, _OCTAVES = 1000.0, 15.0, np.log(6.4) / 27
_FLOOR = 1e-10
_RANGE = 8.0
"""Powers of ten below the loudest that are still told apart."""


@dataclass(frozen=True, slots=True)
class LogMel(Pure):
    """Sounds as float32 (batch, `mels`, frames), of `seconds` each. See `log_mel`.

    A sound is cut to `seconds` or filled with silence. The rate must be `rate_hz`.
    """

    takes: ClassVar[Kind] = Kind.AUDIO
    gives: ClassVar[Kind] = Kind.TENSORS

    tensor: str
    seconds: float = 30.0
    mels: int = 80
    rate_hz: int = 16_000
    window: int = 400
    hop: int = 160

    def __post_init__(self) -> None:
        for key in ("seconds", "mels", "rate_hz", "hop"):
            if getattr(self, key) <= 0:
                raise ParamError(key, f"must be above 0, not {getattr(self, key)}")
        if self.window < 2 or self.window % 2:
            raise ParamError("window", f"must be an even number of samples, not {self.window}")
        if self.seconds * self.rate_hz <= self.window // 2:
            raise ParamError("seconds", "must be longer than half a window")

    def apply(self, batch: Sequence[Audio]) -> dict[str, Array]:
        """One spectrogram a sound."""
        check_rates(batch, self.rate_hz)
        width = round(self.seconds * self.rate_hz)
        # A frame's spectrum takes more room than its samples do.
        check_elements(len(batch) * width // self.hop * self.window)
        padded = pad_sounds([sound.samples for sound in batch], width)
        return {self.tensor: log_mel(padded, self.mels, self.rate_hz, self.window, self.hop)}


def log_mel(
    sounds: Array, mels: int = 80, rate_hz: int = 16_000, window: int = 400, hop: int = 160
) -> Array:
    """float32 (batch, mels, samples // hop): log10 of the power in `mels` bands, about [−1, 1].

    Frame f is centred on sample f · hop under a periodic Hann window of `window` samples,
    the sound mirrored at its ends. Powers are kept to eight tens below the sound's loudest
    and to 1e-10 at least; then (log10 + 4) / 4. `sounds` are float32 (batch, samples).
    Source: the front end of Whisper (Radford et al. 2022), which is librosa's `melspectrogram`
    with Slaney's bands.
    """
    half = window // 2
    mirrored = np.pad(sounds.astype(np.float32, copy=False), ((0, 0), (half, half)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(mirrored, window, axis=1)
    framed = windows[:, ::hop][:, : sounds.shape[1] // hop] * _hann(window)
    spectrum = np.fft.rfft(framed, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    bands = power @ mel_filters(mels, rate_hz, window).T
    logs = np.log10(np.maximum(bands, _FLOOR))
    loudest = logs.max(axis=(1, 2), keepdims=True, initial=-np.inf)
    scaled: Array = (np.maximum(logs, loudest - _RANGE) + 4) / 4
    return np.ascontiguousarray(scaled.transpose(0, 2, 1), dtype=np.float32)


@lru_cache(maxsize=8)
def mel_filters(mels: int, rate_hz: int, window: int) -> Array:
    """float32 (mels, window // 2 + 1): triangles over a spectrum's bins, each of area 1.

    Their corners are evenly spaced in mels from 0 Hz to half the rate.
    """
    bins = np.linspace(0, rate_hz / 2, window // 2 + 1)
    corners = _hertz(np.linspace(0, _mel(rate_hz / 2), mels + 2))
    width = np.diff(corners)[:, None]
    ramps = corners[:, None] - bins
    rising, falling = -ramps[:-2] / width[:-1], ramps[2:] / width[1:]
    triangles = np.maximum(0, np.minimum(rising, falling))
    scaled: Array = triangles * (2 / (corners[2:] - corners[:-2]))[:, None]
    return scaled.astype(np.float32)


def _mel(hertz: float) -> float:
    if hertz < _KNEE_HZ:
        return hertz / _LINEAR_HZ
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HZ) / _OCTAVES)


def _hertz(mels: Array) -> Array:
    above = _KNEE_HZ * np.exp((mels - _KNEE_MEL) * _OCTAVES)
    return np.where(mels < _KNEE_MEL, mels * _LINEAR_HZ, above)


@lru_cache(maxsize=8)
def _hann(window: int) -> Array:
    return np.hanning(window + 1)[:-1].astype(np.float32)
