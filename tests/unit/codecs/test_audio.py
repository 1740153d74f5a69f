"""WAV files of every usual kind arrive as mono float32."""

import json
import wave
from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.codecs import audio
from samovar.codecs.items import read_items
from samovar.errors import MalformedBody, PayloadTooLarge, SamovarError, UnsupportedMediaType
from samovar.steps.audio import Resample
from samovar.types import Audio, Kind, Limits

from tests.data import sounds

KINDS = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)]
SAMPLES = hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1, 1))


@pytest.mark.parametrize(("encoding", "bits"), KINDS)
@given(samples=SAMPLES)
def test_samples_come_back_within_half_a_step(encoding, bits, samples):
    body = sounds.wav(sounds.packed(samples, encoding, bits), encoding=encoding, bits=bits)
    got = audio.decode(body, 600)
    assert got.rate_hz == 16_000
    assert got.samples.dtype == np.float32
    # a full-scale sample is one step below 1 in PCM, hence a whole step there
    step = 2.0 ** (1 - bits) if encoding == 1 else 0
    np.testing.assert_allclose(got.samples, samples, atol=step + 1e-7)
    assert np.abs(got.samples).max() <= 1


@given(samples=hnp.arrays(np.int16, st.integers(1, 60)))
def test_a_wav_of_the_standard_library_is_read_exactly(samples):
    target = BytesIO()
    with wave.open(target, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
        writer.writeframes(samples.astype("<i2").tobytes())
    got = audio.decode(target.getvalue(), 600)
    np.testing.assert_array_equal(got.samples * 32768, samples)


@given(samples=SAMPLES, channels=st.integers(1, 9))
def test_channels_become_their_mean(samples, channels):
    each = np.stack([samples * (index + 1) / channels for index in range(channels)], axis=1)
    body = sounds.wav(sounds.packed(each.ravel(), 3, 32), encoding=3, bits=32, channels=channels)
    np.testing.assert_allclose(audio.decode(body, 600).samples, each.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize(("encoding", "bits"), KINDS)
def test_the_extensible_header_says_the_same(encoding, bits):
    data = sounds.packed(np.array([0.5, -0.5]), encoding, bits)
    got = audio.decode(sounds.extensible(data, encoding=encoding, bits=bits), 600)
    np.testing.assert_allclose(got.samples, [0.5, -0.5])


def test_other_chunks_are_passed_over_odd_lengths_padded():
    body = sounds.wav(b"\0\x40", before=sounds.chunk(b"LIST", b"odd"))
    assert audio.decode(body + sounds.chunk(b"id3 ", b"x"), 600).samples.tolist() == [0.5]


def test_a_streams_data_of_unknown_size_runs_to_the_end():
    assert audio.decode(sounds.wav(b"\0\x40\0\xc0", size=0xFFFFFFFF), 600).samples.tolist() == [
        0.5,
        -0.5,
    ]


def test_floats_beyond_full_scale_are_clipped():
    body = sounds.wav(np.array([2, -np.inf], "<f4").tobytes(), encoding=3, bits=32)
    assert audio.decode(body, 600).samples.tolist() == [1, -1]


def test_a_sound_over_the_limit_of_seconds_is_refused():
    assert len(audio.decode(sounds.wav(b"\0\0" * 1_000, rate_hz=1_000), 1).samples) == 1_000
    with pytest.raises(PayloadTooLarge, match=r"lasts 1\.0 s"):
        audio.decode(sounds.wav(b"\0\0" * 1_001, rate_hz=1_000), 1)


@given(st.data())
def test_a_wav_with_bytes_changed_is_refused_or_read_and_nothing_else(data):
    body = bytearray(sounds.wav(b"\1\2" * 20, before=sounds.chunk(b"LIST", b"abcd")))
    changes = st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255))
    for at, value in data.draw(st.lists(changes, min_size=1, max_size=6)):
        body[at] = value
    try:
        got = audio.decode(bytes(body), 600)
    except SamovarError as error:
        assert isinstance(error, MalformedBody | PayloadTooLarge)  # noqa: PT017 - either outcome is right
    else:
        assert np.isfinite(got.samples).all()


@pytest.mark.parametrize("media_type", ["audio/wav", "audio/x-wav", "audio/wave", ""])
def test_a_wav_is_taken_under_its_usual_names(media_type):
    found = read_items(Kind.AUDIO, media_type, sounds.wav(b"\0\0"), Limits())
    assert found.single


def test_another_kind_of_sound_is_refused_with_what_to_send():
    with pytest.raises(UnsupportedMediaType, match=r"'audio/mpeg'.*audio/wav"):
        read_items(Kind.AUDIO, "audio/mpeg", b"ID3", Limits())


def language_of(content_type, body):
    (sound,) = read_items(Kind.AUDIO, content_type, body, Limits()).items
    return sound.language


def test_a_sounds_language_is_a_parameter_of_its_media_type():
    body = sounds.wav(b"\0\0" * 9)
    assert language_of("audio/wav", body) == ""
    assert language_of("audio/wav; language=de", body) == "de"
    assert language_of("audio/x-wav;Language=haw", body) == "haw"


def test_in_json_a_sound_names_its_language_in_its_data_uri():
    body = b64encode(sounds.wav(b"\0\0" * 9)).decode()
    for uri, language in (
        (body, ""),
        (f"data:audio/wav;base64,{body}", ""),
        (f"data:audio/wav;language=de;base64,{body}", "de"),
    ):
        sent = json.dumps({"audio": uri}).encode()
        assert language_of("application/json", sent) == language


def test_a_sound_that_is_resampled_keeps_its_language():
    slow = Audio(np.ones(9, np.float32), 8000, "de")
    (found,) = Resample(16_000).apply([slow])
    assert (found.rate_hz, found.language) == (16_000, "de")
