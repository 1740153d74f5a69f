"""Texts grow together, over a real graph of made-up weights, as each would alone."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid, ModelRunFailed, PayloadTooLarge
from samovar.generation.decoder import Decoder, open_decoder
from samovar.generation.sampling import Sampling
from samovar.generation.scheduler import Scheduler

from tests.models import llama_reference as reference
from tests.models.llama_graph import open_graph
from tests.unit.generation.tiny_reader import reader

READER, WEIGHTS, GRAPH = reader(), reference.made_up(), open_graph()
END = 9


def scheduler(rows=3, length=32, block=4):
    return Scheduler(open_decoder(GRAPH, rows, length), READER, [END], block)


def alone(prompt, most, length=32):
    """The likeliest tokens after a prompt, worked out by the formulas, and why they ended."""
    said = []
    while True:
        token = int(reference.scores(WEIGHTS, [*prompt, *said]).argmax())
        if token == END:
            return said, "stop"
        said.append(token)
        if len(said) == most or len(prompt) + len(said) > length:
            return said, "length"


prompts = st.lists(st.integers(0, reference.VOCABULARY - 1), min_size=1, max_size=20)


@given(st.lists(st.tuples(prompts, st.integers(1, 8)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_texts_that_grow_together_say_what_each_says_alone(asked):
    house = scheduler()
    texts = [house.begin(prompt, Sampling(max_tokens=most)) for prompt, most in asked]
    house.run(texts)
    for text, (prompt, most) in zip(texts, asked, strict=True):
        assert (text.tokens, text.reason) == alone(prompt, most)


@given(st.lists(st.tuples(prompts, st.integers(1, 8)), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_texts_that_come_one_by_one_say_the_same_over_what_was_kept(asked):
    house = scheduler(rows=2)
    for prompt, most in asked:
        text = house.begin(prompt, Sampling(max_tokens=most))
        house.run([text])
        assert (text.tokens, text.reason) == alone(prompt, most)


def test_a_prompt_that_goes_on_from_another_reads_only_what_is_new_by_whole_blocks():
    house = scheduler(block=4)
    first = house.begin([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Sampling(max_tokens=3))
    house.run([first])
    follows = house.begin([*first.prompt, *first.tokens, 5, 6], Sampling(max_tokens=3))
    house.run([follows])
    assert follows.read == 8
    assert follows.tokens == alone(follows.prompt, 3)[0]


@given(st.lists(prompts, min_size=2, max_size=5))
@settings(max_examples=25, deadline=None)
def test_how_sure_a_text_is_does_not_depend_to_the_bit_on_who_asked_before(asked):
    house = scheduler(rows=2)

    def told(where, prompt):
        text = where.begin(prompt, Sampling(max_tokens=2, logprobs=2))
        where.run([text])
        return text.told

    for prompt in asked:
        assert told(house, prompt) == told(scheduler(rows=2), prompt)


def test_a_text_ends_where_there_is_no_more_room():
    house = scheduler(length=8)
    text = house.begin([1, 2, 3, 4, 5], Sampling(max_tokens=100))
    house.run([text])
    assert (text.tokens, text.reason) == alone(text.prompt, 100, length=8)


def test_a_prompt_that_leaves_no_room_is_refused_with_how_much_is_too_much():
    with pytest.raises(PayloadTooLarge, match="has 10 tokens, 3 more than the model takes"):
        scheduler(length=8).begin([1] * 10, Sampling())


def test_texts_of_several_threads_share_runs_and_say_what_they_say_alone():
    house = scheduler(rows=3)
    asked = [([number, 3 * number, 7], 6) for number in range(1, 10)]
    texts = [house.begin(prompt, Sampling(max_tokens=most)) for prompt, most in asked]
    threads = [threading.Thread(target=house.run, args=([text],)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for text, (prompt, most) in zip(texts, asked, strict=True):
        assert (text.tokens, text.reason) == alone(prompt, most)


def test_who_leaves_in_the_middle_makes_room_for_the_next():
    house = scheduler(rows=1)
    text = house.begin([1, 2], Sampling(max_tokens=20))
    steps = house.stream([text])
    next(steps)
    next(steps)
    steps.close()
    assert text.reason == "cancelled"
    follows = house.begin([4, 5], Sampling(max_tokens=4))
    house.run([follows])
    assert follows.tokens == alone([4, 5], 4)[0]


class Failing:
    """A cache whose graph fails once."""

    def __init__(self, cache):
        self.rows, self.length = cache.rows, cache.length
        self._cache, self.fails = cache, True

    def run(self, *given):
        if self.fails:
            self.fails = False
            raise ModelRunFailed("the graph failed")
        return self._cache.run(*given)


def test_a_run_that_fails_ends_its_texts_and_not_those_that_come_after():
    decoder = open_decoder(GRAPH, 2, 32)
    house = Scheduler(Decoder(Failing(decoder.cache), decoder.places), READER, [END])
    with pytest.raises(ModelRunFailed, match="the graph failed"):
        house.run([house.begin([1, 2], Sampling(max_tokens=4))])
    text = house.begin([1, 2], Sampling(max_tokens=4))
    house.run([text])
    assert text.tokens == alone([1, 2], 4)[0]


def test_log_probabilities_are_those_of_the_formulas():
    house = scheduler()
    text = house.begin([1, 2, 3], Sampling(max_tokens=1, logprobs=2))
    house.run([text])
    scores = reference.scores(WEIGHTS, [1, 2, 3])
    chances = scores - np.log(np.exp(scores).sum())
    best = np.argsort(-chances)[:2]
    (told,) = text.told
    assert (told.token, [token for token, _ in told.likeliest]) == (best[0], best.tolist())
    np.testing.assert_allclose([c for _, c in told.likeliest], chances[best], atol=1e-3)


def test_a_graph_that_is_no_decoder_is_refused_by_what_it_lacks():
    class Other:
        signature = GRAPH.signature.__class__(GRAPH.signature.inputs[:1], ())

    with pytest.raises(ManifestInvalid, match="past_key_values"):
        open_decoder(Other(), 1, 8)
