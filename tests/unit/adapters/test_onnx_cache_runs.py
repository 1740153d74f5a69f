"""Runs over keys and values in place: their scores, where these lie, and what is bound for them."""

from functools import partial

import numpy as np
import onnx
import pytest
from samovar.adapters.onnx import OnnxRunner
from samovar.generation.decoder import open_decoder
from samovar.generation.handed_on import HandedOn

from tests.models.llama_graph import graph_file

LENGTH = 32


@pytest.fixture(params=["one place", "a new place each"])
def runner(request, tmp_path):
    """The tiny decoder, with the size of its scores told, and not told."""
    if request.param == "one place":
        return OnnxRunner(graph_file())
    model = onnx.load(graph_file())
    logits = next(one for one in model.graph.output if one.name == "logits")
    logits.type.tensor_type.shape.dim[-1].dim_param = "words"
    onnx.save(model, tmp_path / "decoder.onnx")
    return OnnxRunner(tmp_path / "decoder.onnx")


def said(decoder, steps):
    """The scores after each step: (tokens, first row, lengths)."""
    return [
        decoder.say(np.array(tokens), first, np.array(lengths)).copy()
        for tokens, first, lengths in steps
    ]


STEPS = [
    ([[5, 6, 7]], 0, [3]),
    ([[8]], 0, [4]),
    ([[9]], 0, [5]),
    ([[3, 4]], 1, [2]),
    ([[10], [11]], 0, [6, 3]),
    ([[12], [13]], 0, [7, 4]),
    ([[14]], 1, [5]),
]


def test_scores_are_those_of_a_cache_that_is_handed_on(runner, monkeypatch):
    in_place = said(open_decoder(runner, 2, LENGTH), STEPS)
    monkeypatch.setattr(runner, "open_cache", partial(HandedOn, runner))
    for one, other in zip(in_place, said(open_decoder(runner, 2, LENGTH), STEPS), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_what_is_bound_is_not_what_was_given(runner):
    decoder = open_decoder(runner, 1, LENGTH)
    tokens = np.array([[5]])
    first = decoder.say(tokens, 0, np.array([1])).copy()
    decoder.say(np.array([[9]]), 0, np.array([2]))
    assert tokens.tolist() == [[5]]
    assert decoder.ones.all()
    assert decoder.say(tokens, 0, np.array([1])).tobytes() == first.tobytes()


def test_scores_of_a_size_that_is_told_lie_in_one_place():
    decoder = open_decoder(OnnxRunner(graph_file()), 1, LENGTH)
    one = decoder.say(np.array([[5]]), 0, np.array([1]))
    assert np.shares_memory(one, decoder.say(np.array([[6]]), 0, np.array([2])))


def test_weights_are_packed_by_all_threads():
    options = OnnxRunner(graph_file(), threads=2)._session.get_session_options()
    assert options.get_session_config_entry("session.prepack.enable_parallel") == "1"
