"""Sound from one rate to another, by a polyphase windowed-sinc filter."""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from samovar.types import Array

_FINEST = 10_000
_HALF_WIDTH, _KAISER_BETA = 10, 5.0
_BLOCK = 1 << 15


def resample(samples: Array, rate_hz: int, target_hz: int) -> Array:
    """float32 (ceil(n · up / down),): the same sound at `target_hz`.

    up / down is target / rate in lowest terms, with 10,000 as the largest term (a rate that
    fits worse is off by at most 1e-4, usual ones are exact). The filter is a sinc cut at
    the lower of the two Nyquist frequencies, ten zero crossings to each side under a Kaiser
    window (beta 5), scaled to gain 1 at 0 Hz and centred, so that nothing is delayed.
    Equal to scipy.signal.resample_poly with its defaults within 1e-5 of full scale.
    """
    if rate_hz == target_hz:
        return samples
    up, down = ratio(rate_hz, target_hz)
    count = -(-len(samples) * up // down)
    phases = _phases(up, down)
    taps = phases.shape[1]
    padded = np.zeros(len(samples) + 2 * taps, np.float32)
    padded[taps : taps + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
    result = np.empty(count, np.float32)
    # Output m meets the filter at phase (m·down + half) mod up, so every up-th output meets
    # the same one, `down` samples further on.
    for first in range(min(up, count)):
        last_sample, phase = divmod(first * down + _HALF_WIDTH * max(up, down), up)
        target = result[first::up]
        for at in range(0, len(target), _BLOCK):
            part = target[at : at + _BLOCK]
            start = last_sample + 1 + at * down
            np.matmul(windows[start::down][: len(part)], phases[phase], out=part)
    return result


def ratio(rate_hz: int, target_hz: int) -> tuple[int, int]:
    """(up, down) of the nearest ratio whose larger term is 10,000 at most."""
    small, large = sorted((rate_hz, target_hz))
    near = Fraction(small, large).limit_denominator(_FINEST)
    pair = (near.numerator, near.denominator)
    return pair if target_hz < rate_hz else pair[::-1]


@lru_cache(maxsize=16)
def _phases(up: int, down: int) -> Array:
    """float32 (up, taps): row p has every up-th coefficient from p on, last first."""
    half = _HALF_WIDTH * max(up, down)
    times = np.arange(-half, half + 1) / max(up, down)
    kernel = np.sinc(times) * np.kaiser(2 * half + 1, _KAISER_BETA)
    kernel *= up / kernel.sum()
    taps = -(-len(kernel) // up)
    spread = np.zeros(taps * up)
    spread[: len(kernel)] = kernel
    return np.ascontiguousarray(spread.reshape(taps, up).T[:, ::-1], dtype=np.float32)
