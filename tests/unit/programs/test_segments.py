"""Stretches of speech are cut as silero-vad's own function cuts them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.segments import SegmentParams, find_segments
from samovar.steps.params import build_dataclass

FRAME = 512
PARAMS = SegmentParams()


def silero(scores, params):  # noqa: C901 - as it was published
    """silero-vad 6.2's get_speech_timestamps_from_probs without a longest stretch, in samples."""
    rate, length = params.rate_hz, len(scores) * FRAME
    pad = rate * params.pad_ms / 1000
    triggered, speeches, current, temp_end = False, [], {}, 0
    for index, score in enumerate(scores):
        at = FRAME * index
        if score >= params.threshold and temp_end:
            temp_end = 0
        if score >= params.threshold and not triggered:
            triggered, current = True, {"start": at}
            continue
        if score < params.release and triggered:
            temp_end = temp_end or at
            if at - temp_end < rate * params.min_silence_ms / 1000:
                continue
            current["end"] = temp_end
            if current["end"] - current["start"] > rate * params.min_speech_ms / 1000:
                speeches.append(current)
            triggered, current, temp_end = False, {}, 0
    if current and length - current["start"] > rate * params.min_speech_ms / 1000:
        speeches.append({**current, "end": length})
    for index, speech in enumerate(speeches):
        if index == 0:
            speech["start"] = int(max(0, speech["start"] - pad))
        if index == len(speeches) - 1:
            speech["end"] = int(min(length, speech["end"] + pad))
            continue
        silence = speeches[index + 1]["start"] - speech["end"]
        if silence < 2 * pad:
            speech["end"] += int(silence // 2)
            speeches[index + 1]["start"] -= silence // 2
        else:
            speech["end"] = int(min(length, speech["end"] + pad))
            speeches[index + 1]["start"] = int(max(0, speeches[index + 1]["start"] - pad))
    return [{key: round(value / rate, 3) for key, value in speech.items()} for speech in speeches]


@given(
    st.lists(st.floats(0, 1, width=32), max_size=80),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(0, 200),
)
def test_segments_equal_sileros_for_any_probabilities(scores, speech_ms, silence_ms, pad_ms):
    params = SegmentParams(min_speech_ms=speech_ms, min_silence_ms=silence_ms, pad_ms=pad_ms)
    assert find_segments(np.array(scores, np.float32), FRAME, params) == silero(scores, params)


def test_no_frames_have_no_segments():
    assert find_segments(np.zeros(0, np.float32), FRAME, PARAMS) == []


def test_a_sound_that_is_all_speech_is_one_segment_from_end_to_end():
    found = find_segments(np.ones(100, np.float32), FRAME, PARAMS)
    assert found == [{"start": 0.0, "end": 3.2}]


def test_a_click_is_no_segment():
    scores = np.zeros(50, np.float32)
    scores[20:23] = 1
    assert find_segments(scores, FRAME, PARAMS) == []


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"rate_hz": 0}, "rate_hz"),
        ({"threshold": 1.5}, "threshold"),
        ({"release": -0.1}, "release"),
        ({"threshold": 0.3}, "release"),
        ({"min_speech_ms": -1}, "min_speech_ms"),
        ({"min_silence_ms": -1}, "min_silence_ms"),
        ({"pad_ms": -1}, "pad_ms"),
    ],
)
def test_a_bad_parameter_is_told_by_its_key(params, key):
    (fault,) = build_dataclass(SegmentParams, params)
    assert fault.key == key
