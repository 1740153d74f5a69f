"""`whisper` as `make models-heavy` builds it: the published weights, heard right."""

import io
import json
import wave
from pathlib import Path

import numpy as np
import pytest
from samovar.steps.mel import log_mel
from samovar.types import Audio

from recipes.whisper import read_parts
from tests.models import whisper_reference as reference
from tests.models.conftest import MODELS

NAMES = ("whisper", "whisper-int8")
WEIGHTS = MODELS.parent / "build/weights-heavy"
YOUNG_MAN = MODELS / "whisper/examples/young-man.wav"
COLD_HEARTED = MODELS / "whisper/examples/cold-hearted.wav"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((MODELS / name / "1").is_dir() for name in NAMES) or not WEIGHTS.is_dir(),
        reason="the heavy models are not built: run `make models-heavy`",
    ),
]


def samples(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def sound(parts, rate_hz=16_000):
    """A WAV file of these samples, one after the other."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.concatenate(parts) * 32767).astype("<i2").tobytes())
    return held.getvalue()


@pytest.fixture(scope="module")
def whisper(opened):
    return opened("whisper").program


def test_the_graphs_give_what_the_papers_formulas_give(whisper):
    weights = read_parts(WEIGHTS)
    heard = np.pad(samples(YOUNG_MAN), (0, 480_000 - 47_840))[None]
    mel = log_mel(heard)
    cross = whisper.windows.runner.run({"mel": mel}, ())
    wanted = reference.encode(weights, mel[0].astype(np.float64))
    for layer in (0, 5):
        joined = reference.dense(weights, f"decoder/layer_{layer}/attention/linear_1", wanted)
        for kind, part in zip(("key", "value"), np.split(joined, 2, axis=1), strict=True):
            found = cross[f"cross.{layer}.{kind}"][0].transpose(1, 0, 2).reshape(1500, -1)
            np.testing.assert_allclose(found, part, atol=5e-3)
    ids = [50258, 50259, 50359, 50364, 634, 390, 406]
    scores = reference.decode(weights, wanted, ids)
    talk = whisper.listening.decoder.begin(cross, 1)
    for number, token in enumerate(ids):
        found = talk.say(np.array([[token]]))
        np.testing.assert_allclose(found[0], scores[number], atol=5e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_read_word_for_word(answer, name):
    said = answer(name, COLD_HEARTED.read_bytes(), "audio/wav")
    assert said["text"] == (
        "Unless to be rather cold-hearted and rather selfish is to be ill-disposed."
    )
    assert said["language"] == "en"
    assert said["segments"][-1]["end_s"] <= said["duration_s"] == 5.3


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_longer_than_a_window_is_heard_to_its_end(answer, name):
    pause = np.zeros(16_000 * 12, np.float32)
    speech = samples(COLD_HEARTED), samples(YOUNG_MAN)
    said = answer(name, sound([speech[0], pause, pause, speech[1], pause]), "audio/wav")
    assert "cold-hearted" in said["text"]
    assert "young man" in said["text"]
    times = [(one["start_s"], one["end_s"]) for one in said["segments"]]
    assert times == sorted(times)
    # Whisper lets a stretch begin early when a pause comes before it, but not end early.
    assert next(one for one in said["segments"] if "young" in one["text"])["end_s"] > 29


def test_a_language_that_is_named_is_spoken_whatever_the_sound_says(answer):
    said = answer("whisper", YOUNG_MAN.read_bytes(), "audio/wav; language=de")
    assert said["language"] == "de"


@pytest.mark.parametrize("name", NAMES)
def test_several_sounds_are_answered_together_as_each_alone(opened, name):
    program = opened(name).program
    sounds = [Audio(samples(path), 16_000) for path in (YOUNG_MAN, COLD_HEARTED)]
    together = program.answer(program.run(program.prepare(sounds), ()), 2)
    alone = [program.answer(program.run(program.prepare([one]), ()), 1)[0] for one in sounds]
    assert together == alone


def test_the_tokenizer_is_that_of_the_marks(whisper):
    words = whisper.listening.words
    assert (words.end, words.start, words.first_time, words.size) == (50257, 50258, 50364, 51865)
    assert len(words.languages) == 99
    lists = json.loads((MODELS / "whisper/1/decoding.json").read_text("utf-8"))
    assert words.never[lists["suppress"]].all()


def test_the_examples_are_recordings_that_may_be_shipped():
    assert {path.name for path in Path(YOUNG_MAN.parent).iterdir()} == {
        YOUNG_MAN.name,
        COLD_HEARTED.name,
    }
    assert all(path.stat().st_size < 300_000 for path in YOUNG_MAN.parent.iterdir())
