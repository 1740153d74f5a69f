"""The Llama graph over made-up weights gives what its formulas give, however it is asked."""

import numpy as np
import pytest
from samovar.generation.decoder import open_decoder

from tests.models import llama_reference as reference
from tests.models.llama_graph import open_graph

TEXTS = [[3, 17, 49, 0, 8], [5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [30, 30]]


class Watched:
    """A runner with nothing but runs, as tools have that look at what graphs are fed."""

    def __init__(self, runner):
        self.signature, self.run, self.run_kept = runner.signature, runner.run, runner.run_kept


@pytest.fixture(params=["in place", "handed on"])
def decoder(request):
    runner = open_graph()
    kept = runner if request.param == "in place" else Watched(runner)
    return open_decoder(kept, rows=4, length=32)


def wanted(tokens):
    return reference.scores(reference.made_up(), tokens)


@pytest.mark.parametrize("tokens", TEXTS)
def test_a_prompt_is_scored_as_the_formulas_say(decoder, tokens):
    found = decoder.say(np.array([tokens]), 2, np.array([len(tokens)]))
    np.testing.assert_allclose(found[0], wanted(tokens), atol=2e-4)


def test_a_prompt_in_pieces_is_the_prompt(decoder):
    tokens = TEXTS[2]
    decoder.say(np.array([tokens[:4]]), 0, np.array([4]))
    decoder.say(np.array([tokens[4:9]]), 0, np.array([9]))
    found = decoder.say(np.array([tokens[9:]]), 0, np.array([11]))
    np.testing.assert_allclose(found[0], wanted(tokens), atol=2e-4)


def test_rows_of_different_lengths_take_a_token_each_in_one_run(decoder):
    for row, tokens in enumerate(TEXTS):
        decoder.say(np.array([tokens]), row, np.array([len(tokens)]))
    said, lengths = [7, 11, 13, 2], [len(tokens) for tokens in TEXTS]
    for step in (1, 2):
        found = decoder.say(np.array(said)[:, None], 0, np.array(lengths) + step)
        for row, tokens in enumerate(TEXTS):
            follows = [*tokens, *[said[row]] * step]
            np.testing.assert_allclose(found[row], wanted(follows), atol=2e-4)


def test_a_run_over_some_rows_leaves_the_others_as_they_are(decoder):
    for row, tokens in enumerate(TEXTS):
        decoder.say(np.array([tokens]), row, np.array([len(tokens)]))
    decoder.say(np.array([[9], [9]]), 1, np.array([2, 12]))
    found = decoder.say(np.array([[4]]), 0, np.array([6]))
    np.testing.assert_allclose(found[0], wanted([*TEXTS[0], 4]), atol=2e-4)


def test_a_row_may_be_filled_to_its_last_place(decoder):
    tokens = [int(token) for token in np.random.default_rng(1).integers(0, 50, 32)]
    decoder.say(np.array([tokens[:31]]), 3, np.array([31]))
    found = decoder.say(np.array([tokens[31:]]), 3, np.array([32]))
    np.testing.assert_allclose(found[0], wanted(tokens), atol=2e-4)
