"""Sounds resampled as scipy does, framed without loss, padded with silence."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.errors import PayloadTooLarge, WrongShape
from samovar.steps.resampling import ratio, resample
from samovar.types import Audio
from scipy import signal

from tests.data.binding import bound

PAIRS = [(44_100, 16_000), (48_000, 16_000), (8_000, 16_000), (16_000, 44_100), (22_050, 16_000)]
SOUNDS = hnp.arrays(np.float32, st.integers(1, 400), elements=st.floats(-1, 1, width=32))


def speechlike(samples: int, rate_hz: int) -> np.ndarray:
    """A gliding voice: harmonics of a moving pitch under a beating loudness, with some noise."""
    times = np.arange(samples) / rate_hz
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(3 * times)) / rate_hz
    voice = sum(np.sin(phase * harmonic) / harmonic for harmonic in range(1, 12))
    noise = np.random.default_rng(5).normal(size=samples) * 0.02
    return (0.2 * voice * (1 + np.sin(7 * times)) + noise).astype(np.float32)


@pytest.mark.parametrize(("rate_hz", "target_hz"), [*PAIRS, (44_101, 16_000), (11_025, 48_000)])
@pytest.mark.parametrize("samples", [1, 7, 5_001, 40_000])
def test_resampling_equals_scipy_within_a_hundred_thousandth(rate_hz, target_hz, samples):
    sound = speechlike(samples, rate_hz)
    up, down = ratio(rate_hz, target_hz)
    expected = signal.resample_poly(sound, up, down)
    got = resample(sound, rate_hz, target_hz)
    assert got.dtype == np.float32
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize(("rate_hz", "target_hz"), PAIRS)
def test_a_tone_keeps_its_pitch_and_loudness(rate_hz, target_hz):
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz).astype(np.float32)
    got = resample(tone, rate_hz, target_hz)
    expected = np.sin(2 * np.pi * 1000 * np.arange(len(got)) / target_hz)
    middle = slice(200, -200)
    np.testing.assert_allclose(got[middle], expected[middle], atol=0.005)


def test_a_tone_above_the_new_nyquist_is_gone():
    tone = np.sin(2 * np.pi * 11_000 * np.arange(44_100) / 44_100).astype(np.float32)
    assert np.abs(resample(tone, 44_100, 16_000)[200:-200]).max() < 0.01


@given(SOUNDS, st.sampled_from(PAIRS))
def test_resampling_is_linear_and_has_the_length_it_states(sound, pair):
    got = resample(sound, *pair)
    up, down = ratio(*pair)
    assert len(got) == -(-len(sound) * up // down)
    np.testing.assert_allclose(resample(sound / 2, *pair), got / 2, atol=1e-6)


@given(st.integers(1_000, 768_000), st.integers(1_000, 192_000))
def test_any_two_rates_have_a_ratio_of_bounded_terms_that_is_near(rate_hz, target_hz):
    up, down = ratio(rate_hz, target_hz)
    assert min(up, down) >= 1
    assert max(up, down) <= 10_000
    assert abs(up / down - target_hz / rate_hz) <= 1e-4 * target_hz / rate_hz * max(
        rate_hz / target_hz, target_hz / rate_hz
    )


def test_a_sound_at_the_rate_already_passes_untouched():
    sound = Audio(speechlike(100, 16_000), 16_000)
    (got,) = bound("resample", rate_hz=16_000)([sound])
    assert got.samples is sound.samples


def test_a_batch_of_sounds_is_its_sounds_one_by_one():
    sounds = [Audio(speechlike(900, 44_100), 44_100), Audio(speechlike(50, 8_000), 8_000)]
    step = bound("resample", rate_hz=16_000)
    for alone, together in zip([step([s])[0] for s in sounds], step(sounds), strict=True):
        assert together.rate_hz == 16_000
        np.testing.assert_array_equal(alone.samples, together.samples)


def test_empty_batches_are_empty():
    assert bound("resample", rate_hz=16_000)([]) == []
    assert bound("audio_tensor", tensor="x", samples=5)([])["x"].shape == (0, 5)
    assert bound("frame", tensor="x", length=4)([])["x"].shape == (0, 0, 4)


def test_an_audio_tensor_cuts_and_pads_on_the_right():
    sounds = [Audio(np.ones(2, np.float32), 8_000), Audio(np.ones(6, np.float32), 8_000)]
    tensors = bound("audio_tensor", tensor="x", samples=4, lengths="n")(sounds)
    np.testing.assert_array_equal(tensors["x"], [[1, 1, 0, 0], [1, 1, 1, 1]])
    np.testing.assert_array_equal(tensors["n"], [2, 4])
    assert tensors["n"].dtype == np.int64


@pytest.mark.parametrize(("step", "params"), [("audio_tensor", {}), ("frame", {"length": 512})])
def test_one_long_sound_among_many_short_ones_does_not_take_all_memory(step, params):
    long, short = np.zeros(9_600_000, np.float32), np.zeros(1, np.float32)
    batch = [Audio(long, 16_000), *[Audio(short, 16_000)] * 63]
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge, match="like length"):
        bound(step, tensor="x", **params)(batch)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_frames_that_overlap_much_are_refused_before_memory_is_taken():
    with pytest.raises(PayloadTooLarge):
        bound("frame", tensor="x", length=512, hop=1)([Audio(np.zeros(600_000, np.float32), 8_000)])


def test_an_audio_tensor_without_a_length_is_as_long_as_the_longest():
    sounds = [Audio(np.ones(2, np.float32), 8_000), Audio(np.ones(6, np.float32), 8_000)]
    assert bound("audio_tensor", tensor="x")(sounds)["x"].shape == (2, 6)


@pytest.mark.parametrize(("step", "params"), [("audio_tensor", {}), ("frame", {"length": 4})])
def test_a_sound_at_another_rate_is_refused_by_number(step, params):
    sounds = [Audio(np.ones(4, np.float32), 16_000), Audio(np.ones(4, np.float32), 8_000)]
    with pytest.raises(WrongShape, match="sound 1 is at 8000 Hz, but this model takes 16000"):
        bound(step, tensor="x", rate_hz=16_000, **params)(sounds)


@given(SOUNDS, st.integers(1, 50))
def test_frames_without_overlap_put_together_are_the_sound_and_silence(sound, length):
    (frames,) = bound("frame", tensor="x", length=length)([Audio(sound, 8_000)])["x"]
    whole = frames.reshape(-1)
    np.testing.assert_array_equal(whole[: len(sound)], sound)
    assert not whole[len(sound) :].any()
    assert len(whole) - len(sound) < length


@given(SOUNDS, st.integers(1, 50), st.integers(1, 50))
def test_each_frame_is_the_sound_from_its_hop_on(sound, length, hop):
    tensors = bound("frame", tensor="x", length=length, hop=hop, counts="n")([Audio(sound, 8_000)])
    padded = np.concatenate([sound, np.zeros(length + hop, np.float32)])
    for number, frame in enumerate(tensors["x"][0]):
        np.testing.assert_array_equal(frame, padded[number * hop :][:length])
    assert tensors["n"].tolist() == [tensors["x"].shape[1]]


def test_a_short_sound_has_its_own_count_of_frames_and_silence_after_them():
    sounds = [Audio(np.ones(4, np.float32), 8_000), Audio(np.ones(16, np.float32), 8_000)]
    tensors = bound("frame", tensor="x", length=8, hop=4, counts="n")(sounds)
    assert tensors["x"].shape == (2, 3, 8)
    assert tensors["n"].tolist() == [1, 3]
    assert not tensors["x"][0, 1:].any()
