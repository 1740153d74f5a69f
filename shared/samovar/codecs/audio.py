"""audio/wav → mono sound. RIFF WAVE of PCM 8, 16, 24, 32 bits or float 32, 64."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from samovar.codecs.items import EXAMPLES, Items, Request
from samovar.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from samovar.types import Array, Audio, Kind
from samovar.values import dataclass

_WAV = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"})
_UNSTATED = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded"})
_RATES_HZ = range(1_000, 768_001)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_SIZE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Format:
    """A WAVE file's own description of its samples."""

    encoding: int
    channels: int
    rate_hz: int
    frame_bytes: int
    bits: int


def read(request: Request) -> Items:
    """One sound, in the language that the media type names (`audio/wav; language=en`).

    Raises MalformedBody, PayloadTooLarge, UnsupportedMediaType.
    """
    if request.media.essence not in _WAV | _UNSTATED:
        raise UnsupportedMediaType(
            f"'{request.media.essence}' is not read here; send {EXAMPLES[Kind.AUDIO]}"
        )
    sound = decode(request.body, request.limits.max_seconds)
    language = request.media.parameters.get("language", "")
    return Items([replace(sound, language=language)], single=True)


def decode(body: bytes, max_seconds: float) -> Audio:
    """The sound: float32 (samples,) in [−1, 1], the mean of all channels, at its own rate.

    PCM of b bits is divided by 2^(b−1) (8 bits are unsigned around 128); floats beyond ±1
    are clipped. A data chunk of unknown size (a stream's) runs to the end. Raises
    MalformedBody for a file that is cut, empty or inconsistent, and for NaN;
    PayloadTooLarge over `max_seconds`, before samples are converted.
    """
    if len(body) < 12 or body[:4] != b"RIFF" or body[8:12] != b"WAVE":
        raise MalformedBody("these bytes are no WAV file; send RIFF WAVE of PCM or float samples")
    format_, data = _chunks(body)
    frames, rest = divmod(len(data), format_.frame_bytes)
    if rest:
        raise MalformedBody(f"the WAV is cut: its last frame lacks bytes (has {rest})")
    if not frames:
        raise MalformedBody("the WAV has no samples")
    if frames > max_seconds * format_.rate_hz:
        raise PayloadTooLarge(
            f"the sound lasts {frames / format_.rate_hz:.1f} s; {max_seconds:g} s at most are taken"
        )
    convert = _SAMPLES[format_.encoding, format_.bits]
    return Audio(_mono(convert(data), format_.channels), format_.rate_hz)


def _chunks(body: bytes) -> tuple[Format, memoryview]:
    """The format and the bytes of the samples. Raises MalformedBody."""
    view, at, found = memoryview(body), 12, None
    while at + 8 <= len(body):
        name = body[at : at + 4]
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        at += 8
        if name == b"data":
            if found is None:
                raise MalformedBody("the WAV has samples before their format")
            return found, _data(view, at, size)
        if at + size > len(body):
            raise MalformedBody(f"the WAV is cut within its chunk {name!r}")
        if name == b"fmt ":
            found = _format(body[at : at + size])
        at += size + size % 2
    raise MalformedBody("the WAV has no data chunk")


def _data(view: memoryview, at: int, size: int) -> memoryview:
    if size == _UNKNOWN_SIZE:
        return view[at:]
    if at + size > len(view):
        raise MalformedBody(f"the WAV is cut: {len(view) - at} of its {size} bytes of samples came")
    return view[at : at + size]


def _format(chunk: bytes) -> Format:
    if len(chunk) < 16:
        raise MalformedBody("the WAV's format chunk is cut")
    encoding, channels, rate_hz, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", chunk)
    if encoding == _EXTENSIBLE and len(chunk) >= 26:
        encoding = int.from_bytes(chunk[24:26], "little")
    if (encoding, bits) not in _SAMPLES:
        raise MalformedBody(
            f"WAV encoding {encoding} of {bits} bits is not read here; "
            "send PCM of 8, 16, 24 or 32 bits, or float of 32 or 64"
        )
    if channels < 1 or frame_bytes != channels * bits // 8:
        raise MalformedBody(
            f"the WAV says {channels} channels of {bits} bits in frames of {frame_bytes} bytes"
        )
    if rate_hz not in _RATES_HZ:
        raise MalformedBody(f"the WAV says {rate_hz} Hz; 1000 to 768000 Hz are read")
    return Format(encoding, channels, rate_hz, frame_bytes, bits)


def _unsigned8(data: memoryview) -> Array:
    return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128


def _signed16(data: memoryview) -> Array:
    return np.frombuffer(data, "<i2").astype(np.float32) / 2**15


def _signed24(data: memoryview) -> Array:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return (wide.view("<i4")[:, 0] >> 8).astype(np.float32) / 2**23


def _signed32(data: memoryview) -> Array:
    return (np.frombuffer(data, "<i4") / 2**31).astype(np.float32)


def _float32(data: memoryview) -> Array:
    return _clipped(np.frombuffer(data, "<f4"))


def _float64(data: memoryview) -> Array:
    return _clipped(np.frombuffer(data, "<f8"))


def _clipped(samples: Array) -> Array:
    if np.isnan(samples).any():
        raise MalformedBody(f"the WAV has NaN for sample {int(np.isnan(samples).argmax())}")
    return np.clip(samples, -1, 1).astype(np.float32)


_SAMPLES: Mapping[tuple[int, int], Callable[[memoryview], Array]] = {
    (_PCM, 8): _unsigned8,
    (_PCM, 16): _signed16,
    (_PCM, 24): _signed24,
    (_PCM, 32): _signed32,
    (_FLOAT, 32): _float32,
    (_FLOAT, 64): _float64,
}


def _mono(samples: Array, channels: int) -> Array:
    if channels == 1:
        return samples
    mean: Array = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return mean
