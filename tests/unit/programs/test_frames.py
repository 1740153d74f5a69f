"""`frames`: a sound goes through a recurrent graph frame by frame, its state handed on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.memory import FunctionRunner
from samovar.errors import InvalidInput, ManifestInvalid, PayloadTooLarge, WrongDatatype
from samovar.programs.frames import Frames, windows
from samovar.steps import build_step
from samovar.steps.params import build_dataclass
from samovar.types import Audio, Limits, ModelSpec, Signature, TensorSpec

PARAMS = Frames(frame=8, context=3, state_shape=(1, 4), rate_hz=1000)
GRAPH = Signature(
    inputs=(
        TensorSpec("input", "FP32", (-1, -1)),
        TensorSpec("state", "FP32", (1, 4)),
        TensorSpec("sr", "INT64", ()),
    ),
    outputs=(TensorSpec("output", "FP32", (-1, 1)), TensorSpec("stateN", "FP32", (1, 4))),
)
SOUNDS = st.lists(st.floats(-1, 1, width=32), max_size=60).map(lambda x: np.array(x, np.float32))


def remember(tensors):
    """A toy of a recurrent graph: what it says depends on all that it heard."""
    state = 0.5 * tensors["state"] + tensors["input"].mean()
    return {"output": np.tanh(state[:, :1] + tensors["input"][:, :1]), "stateN": state}


def program(params=PARAMS, spec=None, signature=GRAPH):
    runner = FunctionRunner(signature, remember)
    return params.bind(spec or ModelSpec("vad"), {"model": runner}, bytes), runner


def one_by_one(sound, params=PARAMS):
    """The loop as silero-vad has it: fill the last frame, keep the tail as context."""
    state, context, scores = np.zeros(params.state_shape, np.float32), np.zeros(params.context), []
    for at in range(0, len(sound), params.frame):
        chunk = sound[at : at + params.frame]
        chunk = np.concatenate([chunk, np.zeros(params.frame - len(chunk))])
        heard = np.concatenate([context, chunk]).astype(np.float32)[None]
        found = remember({"input": heard, "state": state})
        state, context = found["stateN"], heard[0, params.frame :]
        scores.append(found["output"].item())
    return np.array(scores, np.float32)


@given(SOUNDS)
def test_a_sound_gives_what_a_loop_over_its_frames_gives(sound):
    bound, _ = program()
    found = bound.run({"audio": sound}, ())
    assert list(found) == ["probability"]
    np.testing.assert_array_equal(found["probability"], one_by_one(sound))


@given(SOUNDS, st.integers(1, 9), st.integers(0, 12))
def test_windows_overlap_by_the_context_and_end_in_silence(sound, frame, context):
    found = windows(sound, frame, context)
    count = -(-len(sound) // frame)
    assert found.shape == (count, context + frame)
    padded = np.concatenate([np.zeros(context), sound, np.zeros(frame)])
    for index, window in enumerate(found):
        np.testing.assert_array_equal(window, padded[index * frame :][: context + frame])


def test_an_empty_sound_has_no_frames_and_an_answer_of_nothing():
    bound, runner = program()
    found = bound.run({"audio": np.zeros(0, np.float32)}, ())
    assert found["probability"].shape == (0,)
    assert bound.answer(found, 1) == [{"segments": [], "speech_seconds": 0.0, "score": 0.0}]
    assert runner.calls == []


def test_the_graph_is_told_its_rate_where_it_takes_one():
    bound, runner = program()
    bound.run({"audio": np.ones(9, np.float32)}, ())
    assert [call["sr"].item() for call in runner.calls] == [1000, 1000]
    assert runner.calls[0]["sr"].dtype == np.int64


def test_a_graph_without_a_rate_is_not_told_one():
    params = Frames(frame=8, context=3, state_shape=(1, 4), rate_hz=1000, rate_tensor="")
    bound, runner = program(params, signature=Signature(GRAPH.inputs[:2], GRAPH.outputs))
    bound.run({"audio": np.ones(9, np.float32)}, ())
    assert set(runner.calls[0]) == {"input", "state"}


def test_two_sounds_do_not_hear_each_other():
    bound, _ = program()
    sound = np.ones(20, np.float32)
    first, second = (bound.run({"audio": sound}, ())["probability"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_sound_is_brought_to_the_models_rate_by_the_manifests_steps():
    spec = ModelSpec("vad", pre=(build_step({"step": "resample", "rate_hz": 1000}),))
    bound, _ = program(spec=spec)
    tensors = bound.prepare([Audio(np.zeros(100, np.float32), 2000)])
    assert tensors["audio"].shape == (50,)


def test_a_sound_at_another_rate_is_refused_with_both_rates():
    bound, _ = program()
    with pytest.raises(InvalidInput, match=r"8000 Hz.*1000 Hz"):
        bound.prepare([Audio(np.zeros(8, np.float32), 8000)])


@pytest.mark.parametrize("count", [0, 2])
def test_one_request_is_one_sound(count):
    bound, _ = program()
    with pytest.raises(InvalidInput, match="one sound"):
        bound.prepare([Audio(np.zeros(8, np.float32), 1000)] * count)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_not_finite_is_refused_by_the_tensors_name(bad):
    bound, _ = program()
    with pytest.raises(WrongDatatype, match="'audio'"):
        bound.run({"audio": np.array([0, bad], np.float32)}, ())


def test_a_sound_over_the_models_limit_is_refused():
    bound, _ = program(spec=ModelSpec("vad", limits=Limits(max_seconds=0.01)))
    with pytest.raises(PayloadTooLarge, match=r"at most 0\.01 s"):
        bound.run({"audio": np.zeros(11, np.float32)}, ())


def test_a_tensor_that_the_graph_lacks_is_a_fault_of_the_manifest():
    with pytest.raises(ManifestInvalid, match=r"score_tensor is 'prob'.*output, stateN"):
        program(Frames(score_tensor="prob"))


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"frame": 0}, "frame"),
        ({"context": -1}, "context"),
        ({"state_shape": [2, 0]}, "state_shape"),
        ({"threshold": 2}, "threshold"),
        ({"frames": 8}, "frames"),
    ],
)
def test_a_bad_parameter_is_told_by_its_key(params, key):
    (fault,) = build_dataclass(Frames, params)
    assert fault.key == key


def test_no_rows_have_no_answers():
    bound, _ = program()
    assert bound.answer({"probability": np.zeros(0, np.float32)}, 0) == []
