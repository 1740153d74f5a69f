"""Spaces are put where a line shows a gap as wide as between words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.word_gaps import inked_columns, longest_run, with_spaces

HEIGHT = 48


def line_of(text, *, gap=3, space=14, ink=0, ground=255):
    """A line with a bar for each letter, and where the middle of each bar is."""
    middles, right = [], 20
    for letter in text:
        if letter == " ":
            right += space
        else:
            middles.append(right + 5)
            right += 10 + gap
    line = np.full((HEIGHT, right + 20, 3), ground, np.uint8)
    for middle in middles:
        line[8:40, middle - 5 : middle + 5] = ink
    return line, np.array(middles, float)


def read(text, word_gap=0.15, **how):
    line, middles = line_of(text, **how)
    return with_spaces(text.replace(" ", ""), middles, line, word_gap)


@pytest.mark.parametrize(
    "text", ["", "a", "ab", "tea house", "one two three", "a b", "12.50 EUR", "teahouse"]
)
def test_words_are_parted_where_the_line_parts_them(text):
    assert read(f"wide open {text}".strip()) == f"wide open {text}".strip()


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0), (60, 180), (200, 90)])
def test_ink_may_be_dark_or_light(ink, ground):
    assert read("tea house cups", ink=ink, ground=ground) == "tea house cups"


def test_wide_letter_spacing_is_no_space():
    assert read("letters", gap=12) == "letters"
    assert read("wide letters", gap=12, space=20) == "wide letters"


def test_a_gap_between_digits_must_be_wider():
    assert read("no 20 11", space=9) == "no 2011"
    assert read("no ab cd", space=9) == "no ab cd"


def test_a_space_that_was_read_is_not_doubled():
    line, middles = line_of("tea house")
    read_middles = np.insert(middles, 3, middles[2:4].mean())
    assert with_spaces("tea house", read_middles, line, 0.15) == "tea house"


def test_scripts_without_spaces_get_none():
    line, middles = line_of("ab cd ef")
    assert with_spaces("茶室ab室x", middles, line, 0.15) == "茶室ab室x"


def test_nothing_is_added_where_the_manifest_says_so():
    assert read("tea house cups", word_gap=0.0) == "teahousecups"


def test_an_empty_line_of_the_charset_does_no_harm():
    line, middles = line_of("ab cd")
    assert with_spaces(["a", "", "c", "d"], middles, line, 0.15) == "acd"


def test_a_blank_line_has_no_ink():
    assert not inked_columns(np.full((HEIGHT, 30, 3), 200, np.uint8)).any()


@given(st.lists(st.booleans(), max_size=30))
def test_the_longest_run_is_that_of_a_count_one_by_one(flags):
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    assert longest_run(np.array(flags, bool)) == longest
