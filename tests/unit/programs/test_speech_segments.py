"""Tokens become stretches of text as Whisper's own `transcribe` makes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.speech_segments import read_window

from tests import tiny_whisper as tiny
from tests.tiny_whisper import words

WORDS = tiny.vocabulary()


def read(text, length_s=2.0):
    found = read_window(np.array(words(text), np.int64), length_s, WORDS)
    stretches = [(one.start_s, one.end_s, one.tokens) for one in found.stretches]
    return stretches, found.settled_s


TEA, HOT = words("tea"), words("hot")
WINDOWS = {
    "one stretch that ends": ("0.0 tea 1.2", [(0.0, 1.2, TEA)], 2.0),
    "two, the second of which ends": (
        "0.0 tea 0.6 0.6 hot 1.2",
        [(0.0, 0.6, TEA), (0.6, 1.2, HOT)],
        2.0,
    ),
    "two, the second of which is cut": ("0.0 tea 0.6 0.6 hot", [(0.0, 0.6, TEA)], 0.6),
    "two that end, and no more": (
        "0.0 tea 0.6 0.6 hot 1.2 1.2",
        [(0.0, 0.6, TEA), (0.6, 1.2, HOT)],
        1.2,
    ),
    "a pause between": ("0.2 tea 0.6 1.0 hot 1.2", [(0.2, 0.6, TEA), (1.0, 1.2, HOT)], 2.0),
    "one without an end": ("0.4 tea", [(0.4, 2.0, TEA)], 2.0),
    "a time and nothing more": ("0.4", [(0.4, 2.0, ())], 2.0),
    "words without times": ("tea hot", [(0.0, 2.0, TEA + HOT)], 2.0),
    "nothing": ("", [(0.0, 2.0, ())], 2.0),
}


@pytest.mark.parametrize("what", WINDOWS)
def test_a_window_gives_its_stretches_and_where_to_go_on(what):
    text, stretches, settled_s = WINDOWS[what]
    found, settled = read(text)
    assert found == [(pytest.approx(a), pytest.approx(b), c) for a, b, c in stretches]
    assert settled == pytest.approx(settled_s)


TIMES = st.lists(st.integers(0, 100), min_size=2, max_size=8, unique=True).map(sorted)


@given(TIMES, st.booleans())
def test_every_word_is_in_one_stretch_unless_it_will_be_heard_again(times, cut):
    # Pairs of times around one word each; the last may lack its end.
    pairs = list(zip(times[::2], times[1::2], strict=False))
    tokens = [token for a, b in pairs for token in (tiny.TIME + a, 0, tiny.TIME + b)]
    tokens = tokens[:-1] if cut else tokens
    found = read_window(np.array(tokens, np.int64), 2.0, WORDS)
    heard_again = cut and len(pairs) > 1
    assert len(found.stretches) == len(pairs) - heard_again
    assert (found.settled_s < 2.0) == heard_again
    assert all(one.start_s < one.end_s for one in found.stretches)
