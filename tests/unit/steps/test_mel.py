"""A log-mel spectrogram is what its formula says, sum by sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import PayloadTooLarge, WrongShape
from samovar.steps import build_step
from samovar.steps.mel import LogMel, log_mel, mel_filters
from samovar.types import Audio

RATE_HZ, WINDOW, HOP, MELS = 1000, 40, 10, 8
SHAPE = (MELS, RATE_HZ, WINDOW, HOP)


def by_formula(sound):
    """Frame by frame, bin by bin, band by band, in float64."""
    padded = np.pad(sound.astype(np.float64), WINDOW // 2, mode="reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW // 2 + 1), np.arange(WINDOW)) / WINDOW)
    rows = []
    for frame in range(len(sound) // HOP):
        power = np.abs(turns @ (padded[frame * HOP :][:WINDOW] * hann)) ** 2
        rows.append([sum(power * band) for band in bands_by_formula()])
    logs = np.log10(np.maximum(np.array(rows).T, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


def bands_by_formula():
    """Slaney's triangles: corners evenly apart in mels, area 1."""

    def mel(hz):
        return hz * 3 / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)

    def hertz(mels):
        return mels * 200 / 3 if mels < 15 else 1000 * 6.4 ** ((mels - 15) / 27)

    corners = [hertz(mel(RATE_HZ / 2) * n / (MELS + 1)) for n in range(MELS + 2)]
    bins = np.arange(WINDOW // 2 + 1) * RATE_HZ / WINDOW
    for low, peak, high in zip(corners, corners[1:], corners[2:], strict=False):
        slopes = np.minimum((bins - low) / (peak - low), (high - bins) / (high - peak))
        yield np.maximum(slopes, 0) * 2 / (high - low)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(21, 200))
def test_a_sound_gives_what_the_formula_gives(seed, samples):
    sound = np.random.default_rng(seed).uniform(-1, 1, samples).astype(np.float32)
    found = log_mel(sound[None], *SHAPE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], by_formula(sound), atol=2e-4)


def test_a_sound_in_a_batch_gives_what_it_gives_alone():
    sounds = np.random.default_rng(0).normal(size=(3, 300)).astype(np.float32)
    together = log_mel(sounds, *SHAPE)
    for row, sound in zip(together, sounds, strict=True):
        np.testing.assert_array_equal(row, log_mel(sound[None], *SHAPE)[0])


def test_silence_is_the_floor_of_every_band():
    np.testing.assert_allclose(log_mel(np.zeros((1, 100), np.float32), *SHAPE), -1.5, atol=1e-6)


def test_an_empty_batch_gives_an_empty_spectrogram():
    assert log_mel(np.zeros((0, 100), np.float32), *SHAPE).shape == (0, MELS, 10)


def test_bands_above_the_knee_grow_wider_and_all_weigh_the_same():
    bands = mel_filters(80, 16_000, 400)
    assert bands.shape == (80, 201)
    assert np.count_nonzero(bands[-1]) > np.count_nonzero(bands[40])
    np.testing.assert_allclose(bands[40:].sum(axis=1) * 40, 1, atol=0.1)


def test_the_step_cuts_and_fills_sounds_to_its_seconds():
    step = build_step({"step": "log_mel", "tensor": "mel", "seconds": 0.5, "rate_hz": 1000})
    short, long = (Audio(np.ones(n, np.float32), 1000) for n in (100, 900))
    found = step.bind(bytes)([short, long])["mel"]
    assert found.shape == (2, 80, 3)


def test_a_sound_at_another_rate_is_refused():
    step = LogMel("mel", seconds=0.5, rate_hz=1000, window=40, hop=10, mels=8)
    with pytest.raises(WrongShape, match="resample"):
        step.apply([Audio(np.ones(9, np.float32), 8000)])


def test_more_sounds_than_memory_is_kept_for_are_refused():
    quiet = Audio(np.ones(1, np.float32), 16_000)
    with pytest.raises(PayloadTooLarge):
        LogMel("mel").apply([quiet] * 200)


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"window": 41}, "window"),
        ({"mels": 0}, "mels"),
        ({"seconds": 0.01}, "seconds"),
        ({"hop": -1}, "hop"),
    ],
)
def test_a_parameter_out_of_range_is_a_fault(params, key):
    (fault,) = build_step({"step": "log_mel", "tensor": "mel", **params})
    assert fault.key == key
