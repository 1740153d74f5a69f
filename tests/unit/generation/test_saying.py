"""Tokens become text as they come: whole characters, and never a part of a stop text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.generation.saying import Saying, longest_beginning


def decode(tokens):
    """Each token is a byte, as the smallest tokens of a byte pair encoding are."""
    return bytes(tokens).decode("utf-8", "replace")


def said(text, stops=()):
    saying = Saying(decode, stops)
    pieces = [saying.add(token) for token in text.encode()]
    return [*pieces, saying.end()], saying


@given(st.text())
def test_the_pieces_are_the_text_and_none_ends_within_a_character(text):
    pieces, _ = said(text)
    assert "".join(pieces) == text
    assert all(piece.isprintable() or piece in text for piece in pieces)
    if "\N{REPLACEMENT CHARACTER}" not in text:
        assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)


@given(st.text("ab∂"), st.lists(st.text("ab∂", min_size=1, max_size=4), max_size=3))
def test_what_follows_a_stop_text_and_the_stop_text_are_not_told(text, stops):
    pieces, saying = said(text, stops)
    # The first moment at which any of them is complete counts, as it does for who listens.
    ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
    told = text[: min(ends)] if ends else text
    cuts = [told.find(stop) for stop in stops if stop in told]
    assert "".join(pieces) == (told[: min(cuts)] if cuts else text)
    assert saying.is_stopped == bool(ends)


@given(st.text("ab∂", min_size=1), st.text("ab∂", min_size=1, max_size=5))
def test_a_piece_is_told_as_soon_as_no_stop_text_may_begin_in_it(text, stop):
    saying, told = Saying(decode, [stop]), ""
    for at, letter in enumerate(text, 1):
        for token in letter.encode():
            told += saying.add(token)
        if saying.is_stopped:
            return
        held = text[len(told) : at]
        assert stop.startswith(held)
        assert len(held) == longest_beginning(text[:at], [stop])


def test_a_character_that_never_becomes_whole_is_told_at_the_end():
    saying = Saying(decode)
    assert [saying.add(byte) for byte in "aé".encode()[:2]] == ["a", ""]
    assert saying.end() == "\N{REPLACEMENT CHARACTER}"


def test_bytes_that_are_no_text_do_not_hold_back_what_follows():
    saying = Saying(decode)
    pieces = [saying.add(token) for token in [0xFF, 0xFE, 0xFF, 0xFE, *b"ok"]]
    assert "".join(pieces).endswith("ok")


@pytest.mark.parametrize(
    ("text", "stops", "length"),
    [("a", ["ab"], 1), ("ab", ["ab"], 0), ("xaab", ["aabc", "b"], 3), ("", ["a"], 0), ("a", [], 0)],
)
def test_the_longest_beginning_of_a_stop_text_is_found(text, stops, length):
    assert longest_beginning(text, stops) == length
