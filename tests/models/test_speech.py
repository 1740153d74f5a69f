"""`speech` hears what a plain loop over silero's graph hears."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from samovar.types import Audio

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def speech(opened):
    return opened("speech").program


@pytest.fixture(scope="module")
def voice():
    """The example's samples, at 16 kHz."""
    raw = (MODELS / "speech/examples/voice.wav").read_bytes()[44:]
    return np.frombuffer(raw, "<i2").astype(np.float32) / 32768


def loop(samples):
    """Silero's own loop: the frames filled up, the state and the last 64 samples handed on."""
    session = onnxruntime.InferenceSession(
        MODELS / "speech/1/model.onnx", providers=["CPUExecutionProvider"]
    )
    state, context, scores = np.zeros((2, 1, 128), np.float32), np.zeros((1, 64), np.float32), []
    padded = np.pad(samples, (0, -len(samples) % 512))
    for frame in padded.reshape(-1, 1, 512):
        heard = np.concatenate([context, frame], axis=1).astype(np.float32)
        feed = {"input": heard, "state": state, "sr": np.array(16000, np.int64)}
        score, state = session.run(None, feed)
        context = heard[:, -64:]
        scores.append(score.item())
    return np.array(scores, np.float32)


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 29_000])
def test_a_voice_gives_the_probabilities_of_a_plain_loop(speech, voice, count):
    found = speech.run({"audio": voice[:count]}, ())["probability"]
    np.testing.assert_allclose(found, loop(voice[:count]), atol=1e-5)


def test_a_voice_is_speech_where_it_speaks_and_nowhere_else(speech, voice):
    (answer,) = speech.answer(speech.run({"audio": voice}, ()), 1)
    (segment,) = answer["segments"]
    assert segment["start"] == pytest.approx(0.25, abs=0.1)
    assert segment["end"] == pytest.approx(1.1, abs=0.15)
    assert answer["speech_seconds"] == pytest.approx(segment["end"] - segment["start"])


def test_a_voice_at_another_rate_is_heard_alike(speech, voice):
    wide = Audio(np.repeat(voice, 3), 48_000)
    (answer,) = speech.answer(speech.run(speech.prepare([wide]), ()), 1)
    assert len(answer["segments"]) == 1


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_what_nobody_says_is_not_speech(speech, kind):
    time = np.arange(32_000) / 16_000
    sounds = {
        "silence": 0 * time,
        "noise": 0.02 * np.random.default_rng(0).normal(size=32_000),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * time),
    }
    found = speech.run({"audio": sounds[kind].astype(np.float32)}, ())
    assert speech.answer(found, 1)[0]["segments"] == []
