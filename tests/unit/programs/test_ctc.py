"""Greedy decoding: the best character of each step, repeats once, blanks gone."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.ctc import greedy_decode, read_charset

CHARSET = read_charset("a\nb\nc\n")


def one_hot(rows):
    """float32 scores in which each step's character has 0.8 and the rest share 0.2."""
    best = np.array(rows).reshape(len(rows), -1)
    scores = np.full((*best.shape, len(CHARSET)), 0.2 / (len(CHARSET) - 1), np.float32)
    np.put_along_axis(scores, best[..., None], 0.8, axis=2)
    return scores


@given(
    st.integers(1, 12).flatmap(
        lambda steps: st.lists(
            st.lists(st.integers(0, len(CHARSET) - 1), min_size=steps, max_size=steps), max_size=4
        )
    )
)
def test_decoding_equals_collapsing_repeats_and_dropping_blanks(rows):
    found = greedy_decode(one_hot(rows), CHARSET) if rows else []
    expected = ["".join(CHARSET[index] for index, _ in groupby(row)) for row in rows]
    assert ["".join(reading.characters) for reading in found] == expected
    assert all(
        reading.score == pytest.approx(0.8 if text else 0)
        for reading, text in zip(found, expected, strict=True)
    )


def test_a_character_on_both_sides_of_a_blank_is_two_characters():
    (reading,) = greedy_decode(one_hot([[1, 0, 1, 1, 1]]), CHARSET)
    assert reading.characters == ("a", "a")
    assert reading.middles.tolist() == [0, 3]


def test_the_score_is_the_mean_over_the_characters_kept():
    scores = one_hot([[1, 1, 0, 2]])
    scores[0, 3] = [0, 0, 0.4, 0, 0]
    (reading,) = greedy_decode(scores, CHARSET)
    assert (reading.characters, reading.score) == (("a", "b"), pytest.approx(0.6))


@pytest.mark.parametrize(("shape", "rows"), [((0, 5, 5), 0), ((2, 0, 5), 2)])
def test_no_rows_and_no_steps_give_no_text(shape, rows):
    found = greedy_decode(np.zeros(shape, np.float32), CHARSET)
    assert [(reading.characters, reading.score) for reading in found] == [((), 0.0)] * rows


def test_a_charset_has_the_blank_first_and_the_space_last():
    assert CHARSET == ("", "a", "b", "c", " ")
    assert read_charset("'\n\u3000\n\u2028") == ("", "'", "\u3000", "\u2028", " ")
