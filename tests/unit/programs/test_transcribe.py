"""`transcribe`: sounds are heard window by window, and what is said has its times."""

import json
from dataclasses import replace

import numpy as np
import pytest
from samovar.errors import (
    InvalidInput,
    ManifestInvalid,
    PayloadTooLarge,
    WrongDatatype,
    WrongShape,
)
from samovar.programs.transcribe import Transcribe
from samovar.steps.params import build_dataclass
from samovar.types import Audio, ModelSpec

from tests import tiny_whisper as tiny
from tests.tiny_whisper import PARAMS, Script, joined, tone, words

SCRIPTS = {
    1: Script(words("0.0 tea is hot 1.8")),
    2: Script(words("0.0 tea 0.6 0.6 is cold 1.2 1.2")),
    3: Script(words("0.0 hot 2.0"), language="de"),
    4: Script(words("0.0 hot 0.1"), silence=0.9, sure=1.0),
    5: Script(words("0.0") + words("tea") * 60),
}


def hear(*sounds, params=PARAMS):
    program = tiny.program(SCRIPTS, params)
    tensors = program.prepare(list(sounds))
    return program.answer(program.run(tensors, ()), len(sounds))


def test_a_sound_gives_its_text_its_language_and_when_it_was_said():
    assert hear(tone(1, 1.9)) == [
        {
            "text": "tea is hot",
            "language": "en",
            "segments": [{"start_s": 0.0, "end_s": 1.8, "text": "tea is hot"}],
            "duration_s": 1.9,
        }
    ]


def test_a_window_begins_where_the_last_times_say_that_the_one_before_was_understood_to():
    # Of the first window 1.2 seconds are settled; what follows there is the second tone.
    (answer,) = hear(joined(tone(2, 1.2), tone(1, 2)))
    assert answer["text"] == "tea is cold tea is hot"
    assert answer["segments"] == [
        {"start_s": 0.0, "end_s": 0.6, "text": "tea"},
        {"start_s": 0.6, "end_s": 1.2, "text": "is cold"},
        {"start_s": 1.2, "end_s": 3.0, "text": "tea is hot"},
    ]


def test_a_segment_does_not_end_after_its_sound():
    (answer,) = hear(tone(1, 1.5))
    assert answer["segments"][-1]["end_s"] == answer["duration_s"] == 1.5


def test_the_language_is_told_from_the_first_window_and_kept():
    (answer,) = hear(joined(tone(3), tone(1)))
    assert answer["language"] == "de"
    assert answer["text"] == "hot tea is hot"


def test_silence_does_not_tell_the_language_of_what_follows():
    scripts = {4: replace(SCRIPTS[4], language="haw"), 3: SCRIPTS[3]}
    program = tiny.program(scripts)
    found = program.run(program.prepare([joined(tone(4), tone(3)), tone(4)]), ())
    assert found["language"].tolist() == ["de", ""]


def test_a_language_that_is_named_is_not_told():
    program = tiny.program(SCRIPTS)
    found = program.run(program.prepare([tone(3, language="haw")]), ())
    assert found["language"].tolist() == ["haw"]
    marks = [call["input_ids"].tolist() for call in program.listening.decoder.runner.calls[:3]]
    opening = ("<|startoftranscript|>", "<|haw|>", "<|transcribe|>")
    assert marks == [[[tiny.NUMBERS[mark]]] for mark in opening]


def test_a_manifest_names_the_language_and_the_task_of_all_its_sounds():
    program = tiny.program(SCRIPTS, replace(PARAMS, language="en", task="translate"))
    found = program.run(program.prepare([tone(3), tone(3, language="de")]), ())
    assert found["language"].tolist() == ["en", "de"]
    task = program.listening.decoder.runner.calls[2]["input_ids"]
    assert task.tolist() == [[tiny.NUMBERS["<|translate|>"]]] * 2


def test_a_window_in_which_nobody_speaks_says_nothing_and_is_passed_over():
    (answer,) = hear(joined(tone(4), tone(1)))
    assert answer["text"] == "tea is hot"
    assert answer["segments"][0]["start_s"] == 2.0


def test_words_that_are_likely_are_kept_however_silent_the_window_seems():
    scripts = {**SCRIPTS, 4: replace(SCRIPTS[4], sure=20.0)}
    program = tiny.program(scripts)
    found = program.run(program.prepare([tone(4)]), ())
    assert found["text"].tolist() == ["hot"]


def test_a_decoder_that_repeats_itself_is_stopped():
    program = tiny.program(SCRIPTS)
    (answer,) = program.answer(program.run(program.prepare([tone(5)]), ()), 1)
    assert answer["text"].split() == ["tea"] * (PARAMS.max_tokens - 1)
    assert len(program.listening.decoder.runner.calls) == PARAMS.max_tokens + 2


def test_times_that_lead_nowhere_do_not_make_a_sound_endless():
    scripts = {1: Script(words("0.0 tea 0.02 0.02"))}
    program = tiny.program(scripts)
    sound = tone(1, 6)
    (answer,) = program.answer(program.run(program.prepare([sound]), ()), 1)
    assert len(answer["segments"]) == 6  # a second at least is settled by each window


def test_sounds_together_are_heard_as_each_alone():
    sounds = [tone(1, 1.9), joined(tone(2, 1.2), tone(1), tone(3)), tone(4), tone(3, 0.05)]
    assert hear(*sounds) == [answer for sound in sounds for answer in hear(sound)]


def test_windows_of_several_sounds_share_the_runs_of_both_graphs():
    program = tiny.program(SCRIPTS)
    program.run(program.prepare([tone(1), tone(1, 1.0), tone(1, 0.5)]), ())
    assert [len(call["mel"]) for call in program.windows.runner.calls] == [3]
    assert len(program.listening.decoder.runner.calls) == 3 + len(SCRIPTS[1].tokens)


def test_short_sounds_become_tensors_of_one_shape():
    program = tiny.program(SCRIPTS)
    shapes = {program.prepare([tone(1, s)])["audio"].shape for s in (0.3, 1.0, 2.0)}
    assert shapes == {(1, 2000)}


def test_a_sound_without_samples_says_nothing():
    program = tiny.program(SCRIPTS)
    empty = {
        "audio": np.zeros((1, 0), np.float32),
        "samples": np.zeros(1, np.int64),
        "language": np.array([""], object),
    }
    (answer,) = program.answer(program.run(empty, ()), 1)
    assert answer == {"text": "", "language": "", "segments": [], "duration_s": 0.0}


def test_no_sounds_give_no_answers():
    program = tiny.program(SCRIPTS)
    found = program.run(program.prepare([]), ())
    assert {name: len(array) for name, array in found.items()} == dict.fromkeys(found, 0)
    assert program.answer(found, 0) == []


def test_segments_over_the_tensor_door_are_json():
    program = tiny.program(SCRIPTS)
    tensors = program.prepare([tone(1)]) | {"language": np.array([b"en"], object)}
    found = program.run(tensors, ["segments"])
    assert list(found) == ["segments"]
    assert json.loads(found["segments"][0])[0]["text"] == "tea is hot"


BAD = {
    "NaN": ({"audio": np.full((1, 9), np.nan, np.float32)}, WrongDatatype, "not finite"),
    "too many samples": ({"samples": np.array([10])}, WrongShape, "must lie in [0, 9]"),
    "fewer than none": ({"samples": np.array([-1])}, WrongShape, "must lie in"),
    "unknown language": ({"language": np.array(["xx"], object)}, InvalidInput, "de, en, haw"),
    "bytes of no text": ({"language": np.array([b"\xff"], object)}, InvalidInput, "language"),
}


@pytest.mark.parametrize("what", BAD)
def test_tensors_that_are_no_sound_are_refused(what):
    given, error, said = BAD[what]
    good = {
        "audio": np.zeros((1, 9), np.float32),
        "samples": np.array([9]),
        "language": np.array([""], object),
    }
    with pytest.raises(error, match=said.replace("[", r"\[")):
        tiny.program(SCRIPTS).run(good | given, ())


def test_a_sound_over_the_limit_is_refused():
    program = tiny.program(SCRIPTS, max_seconds=3)
    with pytest.raises(PayloadTooLarge, match=r"4\.0 s of sound; at most 3 s"):
        program.run(program.prepare([tone(1, 4)]), ())


def test_a_sound_at_another_rate_is_refused_with_the_step_that_helps():
    with pytest.raises(WrongShape, match="resample"):
        tiny.program(SCRIPTS).prepare([Audio(np.zeros(9, np.float32), 8000)])


@pytest.mark.parametrize(
    "params", [{"hop": 0}, {"silence": 2.0}, {"latest_start_s": -1.0}, {"task": "sing"}]
)
def test_a_parameter_out_of_range_is_a_fault_of_the_manifest(params):
    (fault,) = build_dataclass(Transcribe, params)
    assert fault.key == next(iter(params))


def test_graphs_that_do_not_fit_together_are_refused_when_the_model_is_opened():
    runners = {"encode": tiny.encoder(), "decode": tiny.encoder()}
    with pytest.raises(ManifestInvalid, match="disagree on cross"):
        PARAMS.bind(ModelSpec("odd"), runners, lambda _name: b"")
    runners = {"encode": tiny.decoder({}), "decode": tiny.decoder({})}
    with pytest.raises(ManifestInvalid, match="encode must take 'mel'"):
        PARAMS.bind(ModelSpec("odd"), runners, lambda _name: b"")
