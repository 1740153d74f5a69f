"""Texts of many threads: each has every step, who leaves frees its row, and no other sees it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import Unavailable
from samovar.generation.sampling import Sampling
from samovar.wanted import while_wanted

from tests.unit.generation.test_scheduler import alone, prompts, scheduler

askers = st.lists(st.tuples(prompts, st.integers(1, 8), st.integers(0, 5)), min_size=2, max_size=8)


def is_empty(house):
    """Whether nobody has a row, and nobody waits for one."""
    with house._turn:  # its own lock: what is left to be let go of goes with the next step
        house._let_go()
    return all(slot.text is None for slot in house.slots) and not house._waiting


@given(askers)
@settings(max_examples=8, deadline=None)
def test_who_leaves_frees_its_row_and_the_others_say_what_each_says_alone(asked):
    house = scheduler(rows=2)
    together = threading.Barrier(len(asked))

    def ask(one):
        prompt, most, steps = one
        text = house.begin(prompt, Sampling(max_tokens=most))
        together.wait(10)
        if steps:  # leaves after so many
            with closing(house.stream([text])) as stream:
                list(islice(stream, steps))
        else:
            house.run([text])
        return text

    with ThreadPoolExecutor(len(asked)) as pool:
        texts = list(pool.map(ask, asked))
    for text, (prompt, most, steps) in zip(texts, asked, strict=True):
        said, reason = alone(prompt, most)
        if steps and text.reason != reason:
            assert text.reason in ("", "cancelled")
            assert text.tokens == said[: len(text.tokens)]
        else:
            assert (text.tokens, text.reason) == (said, reason)
    assert is_empty(house)


def test_a_text_that_waits_for_a_row_ends_when_nobody_waits_for_it():
    house = scheduler(rows=1)
    first = house.begin([1, 2, 3], Sampling(max_tokens=20))
    second = house.begin([4, 5], Sampling(max_tokens=20))
    with closing(house.stream([first])) as stream:
        next(stream)
        looks = iter([True, True])
        with while_wanted(lambda: next(looks, False)), pytest.raises(Unavailable, match="given up"):
            house.run([second])
        assert not second.tokens
        assert house.slots[0].text is first
    assert is_empty(house)


def test_a_short_text_is_over_before_a_long_one_whoever_makes_the_steps(monkeypatch):
    house, over = scheduler(rows=2), []
    step = house._step
    monkeypatch.setattr(house, "_step", lambda: (time.sleep(0.005), step()))
    whole = [prompt for prompt in ([at, 7] for at in range(8)) if len(alone(prompt, 14)[0]) == 14]
    together = threading.Barrier(2)

    def ask(most):
        text = house.begin(whole[0], Sampling(max_tokens=most))
        together.wait(10)
        house.run([text])
        over.append(most)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, (14, 2)))
    assert over == [2, 14]  # with a lock that is not fair, who makes the steps is done first
