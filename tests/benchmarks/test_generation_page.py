"""The page of generated text tells the figures that lie beside it."""

import orjson
import pytest

from benchmarks.generation_page import page
from benchmarks.generation_promises import paired
from benchmarks.generation_worker import prompts_of, timed
from benchmarks.places import RESULTS

FIGURES = RESULTS / "generation.json"


def test_the_page_is_that_of_the_figures():
    assert page(orjson.loads(FIGURES.read_bytes())) == (RESULTS / "generation.md").read_text()


def test_rounds_are_compared_with_their_own():
    ours, theirs = ([{"s": value} for value in each] for each in ((2, 9, 4), (1, 3, 8)))
    assert paired(ours, theirs, "s") == 2


class Clockwork:
    """Says a token of each text at a time."""

    def __init__(self):
        self.versions = {}

    def say(self, prompts, count):
        texts = [[] for _ in prompts]
        for token in range(count):
            for text in texts:
                text.append(token)
            yield texts


@pytest.mark.parametrize("texts", [1, 3])
def test_what_comes_after_the_first_token_of_all_is_counted_until_one_ends(texts):
    found = timed(Clockwork(), prompts_of(5, texts, 0), 4)
    assert (found["rest"], found["said"]) == (3 * texts, [0, 1, 2, 3])
    assert found["whole_s"] >= found["first_s"] + found["rest_s"]


def test_prompts_differ_from_their_first_token_on():
    every = [prompt for turn in range(9) for prompt in prompts_of(32, 8, turn)]
    assert len({prompt[0] for prompt in every}) == len(every)
