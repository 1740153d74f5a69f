"""WAV files built in code, honest and not."""

import struct

import numpy as np


def wav(
    data: bytes,
    *,
    encoding: int = 1,
    channels: int = 1,
    rate_hz: int = 16_000,
    bits: int = 16,
    frame_bytes: int | None = None,
    size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A RIFF WAVE of `data`; `frame_bytes` and `size` may lie, `before` stands before fmt."""
    frame = channels * bits // 8 if frame_bytes is None else frame_bytes
    described = struct.pack(
        "<HHIIHH", encoding, channels, rate_hz, rate_hz * frame % 2**32, frame, bits
    )
    body = before + chunk(b"fmt ", described)
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", (4 + len(body)) % 2**32) + b"WAVE" + body


def chunk(name: bytes, content: bytes) -> bytes:
    """A RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def extensible(data: bytes, *, encoding: int, bits: int, channels: int = 1) -> bytes:
    """A WAVE_FORMAT_EXTENSIBLE file: the encoding stands in its sub-format."""
    frame = channels * bits // 8
    described = struct.pack("<HHIIHH", 0xFFFE, channels, 8000, 8000 * frame, frame, bits)
    guid = struct.pack("<H", encoding) + bytes.fromhex("000000001000800000aa00389b71")
    described += struct.pack("<HHI", 22, bits, 0) + guid
    body = chunk(b"fmt ", described) + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def packed(samples: np.ndarray, encoding: int, bits: int) -> bytes:
    """Samples in [−1, 1] as a WAV's bytes."""
    if encoding == 3:
        return samples.astype(f"<f{bits // 8}").tobytes()
    whole = np.clip(np.round(samples * 2.0 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if bits == 8:
        return (whole + 128).astype(np.uint8).tobytes()
    if bits == 24:
        return whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return whole.astype(f"<i{bits // 8}").tobytes()
