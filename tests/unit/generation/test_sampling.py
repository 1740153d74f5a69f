"""The next token: the likeliest, or one by chance among those that are considered."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from samovar.errors import InvalidInput, UnknownTensor, WrongDatatype
from samovar.generation.parameters import read_sampling
from samovar.generation.sampling import Chooser, Sampling, log_total, penalised

from tests.unit.generation.considered import considered

SCORES = np.log(np.array([0.05, 0.5, 0.15, 0.3], np.float32))
scores = arrays(np.float32, 12, elements=st.floats(-20, 20, width=32))


def test_without_a_temperature_the_likeliest_token_is_said():
    assert Chooser(Sampling(), []).choose(SCORES) == 1


@pytest.mark.parametrize(
    ("sampling", "tokens"),
    [
        (Sampling(temperature=1), [1, 3, 2, 0]),
        (Sampling(temperature=1, top_k=2), [1, 3]),
        (Sampling(temperature=1, top_p=0.5), [1]),
        (Sampling(temperature=1, top_p=0.51), [1, 3]),
        (Sampling(temperature=1, top_p=0), [1]),
        (Sampling(temperature=1, min_p=0.29), [1, 3, 2]),
        (Sampling(temperature=1, min_p=1), [1]),
        (Sampling(temperature=1, top_k=3, top_p=0.9, min_p=0.4), [1, 3]),
    ],
)
def test_what_is_considered_is_what_was_asked_for(sampling, tokens):
    assert considered(SCORES, sampling)[0].tolist() == tokens


@given(scores, st.floats(0.05, 5), st.integers(0, 20), st.floats(0, 1), st.floats(0, 1))
def test_the_likeliest_token_is_always_considered_and_chances_add_up(
    row, temperature, top_k, top_p, min_p
):
    tokens, chances = considered(row, Sampling(1, temperature, top_k, top_p, min_p))
    assert row[tokens[0]] == row.max()
    assert (np.diff(chances) <= 1e-12).all()
    assert chances.sum() == pytest.approx(1)


def test_tokens_come_as_often_as_their_chances_say():
    chooser = Chooser(Sampling(temperature=1, seed=5), [])
    counts = np.bincount([chooser.choose(SCORES) for _ in range(20_000)], minlength=4)
    np.testing.assert_allclose(counts / 20_000, np.exp(SCORES), atol=0.015)


def test_the_same_seed_says_the_same_and_another_does_not():
    def say(seed):
        chooser = Chooser(Sampling(temperature=1, seed=seed), [])
        return [chooser.choose(SCORES) for _ in range(50)]

    assert say(4) == say(4) != say(5)


def test_what_was_said_is_made_less_likely_whatever_its_sign():
    row = np.array([2.0, -2.0, 1.0], np.float32)
    assert penalised(row, [0, 1], 2).tolist() == [1.0, -4.0, 1.0]


def test_a_penalty_keeps_a_text_from_repeating_its_prompt_and_itself():
    chooser = Chooser(Sampling(repetition_penalty=10), [1])
    assert [chooser.choose(np.array([2.9, 3.0, 2.8], np.float32)) for _ in range(2)] == [0, 2]


@given(scores)
def test_log_probabilities_are_those_of_all_tokens(row):
    assert np.exp(row.astype(np.float64) - log_total(row)).sum() == pytest.approx(1)


def test_what_a_request_says_stands_over_what_the_model_does():
    usual = Sampling(temperature=0.3, top_p=0.9)
    found = read_sampling({"temperature": 1, "stop": "\n", "seed": None}, usual)
    assert found == replace(usual, temperature=1.0, stop=("\n",))


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"temprature": 1}, UnknownTensor, "'temprature' is no parameter"),
        ({"temperature": "hot"}, WrongDatatype, "'temperature' must be a number"),
        ({"temperature": True}, WrongDatatype, "'temperature' must be a number"),
        ({"temperature": -1}, InvalidInput, r"'temperature' must lie in \[0, 5\]"),
        ({"temperature": float("nan")}, InvalidInput, "'temperature' must lie in"),
        ({"max_tokens": 0}, InvalidInput, "'max_tokens' must lie in"),
        ({"max_tokens": 1.5}, WrongDatatype, "whole number"),
        ({"max_tokens": float("inf")}, InvalidInput, "'max_tokens' must lie in"),
        ({"stop": [""]}, WrongDatatype, "'stop' must be"),
        ({"stop": 7}, WrongDatatype, "'stop' must be"),
        ({"stop": ["x"] * 17}, InvalidInput, "16 texts"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_it_may_be(said, error, words):
    with pytest.raises(error, match=words):
        read_sampling(said, Sampling())
