"""However a text is cut, the same comes out of its guards, and nothing of what is hidden."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.guarding.screen import Screen
from samovar.guarding.spans import CONTEXT, Rule
from samovar.refusals import GuardRefused, TermRefused

from tests.unit.guarding.house import length, pii, streamed, terms, whole

SECRETS = [
    "anna.b@example.co.uk",
    "4111 1111 1111 1111",
    "378282246310005",
    "DE89 3704 0044 0532 0130 00",
    "+44 20 7946 0958",
    "(415) 555-2671",
    "203.0.113.9",
    "2001:db8::1",
    "https://u:secret@example.com/",
    "project zeus",
    "PROJECT\u200b ZÉUS",
]
ALL = (*pii(), *terms("project zeus", "zeus", "禁止"))
# Pieces of everything that the finders look at, so that half-made things are common.
HALVES = "4111|1111 |DE89|+|44|@|.|.co|a|b-|::|1.2|(|)|http|://|:|x:y|@h|proj|ect |zeus|é|禁|止"
REST = "\u0301|\u200b| |  |\n|, |tel |Ⅷ|the quick brown fox|00|0|7|-|/|_"
CRUMBS = st.sampled_from([*SECRETS, *HALVES.split("|"), *REST.split("|")])
TEXTS = st.lists(CRUMBS, max_size=14).map("".join)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({place % (len(text) + 1) for place in places})
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 400), max_size=12))
def test_what_comes_out_in_pieces_is_what_comes_out_of_the_whole(
    text: str, places: list[int]
) -> None:
    assert "".join(streamed(cut(text, places), ALL)) == whole(text, ALL)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_what_comes_out_character_by_character_is_what_comes_out_of_the_whole(text: str) -> None:
    assert "".join(streamed(text, ALL)) == whole(text, ALL)


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_what_has_come_out_at_any_time_is_the_beginning_of_the_whole(text: str) -> None:
    said, out = whole(text, ALL), ""
    for piece in streamed(text, ALL):
        out += piece
        assert said.startswith(out)


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_of_what_is_hidden_is_ever_out(secret: str) -> None:
    hidden = secret.removeprefix("https://").partition("@")[0] if "://" in secret else secret
    parts = [hidden[at : at + 3] for at in range(len(hidden) - 2)]
    for before in ("", "it is ", "x" * 400 + " "):
        out = ""
        for piece in streamed(before + secret + " of old", ALL):
            out += piece
            assert not any(part in out[len(before) :] for part in parts)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_a_text_is_refused_before_any_of_what_is_refused_is_out(text: str) -> None:
    rules = terms("zeus", action="refuse")
    screen, out = Screen(rules, "the text"), ""
    plain = whole(text, terms("zeus"))
    try:
        for character in text:
            out += screen.feed(character)
        out += screen.end()
    except TermRefused:
        assert "[BLOCKED]" in plain
        assert plain.partition("[BLOCKED]")[0].startswith(out)
    else:
        assert out == text


def test_plain_words_wait_for_their_end_and_no_longer() -> None:
    out = streamed(["Good", " morning", " and", " good", " night"], pii())
    assert out == ["", "Good ", "morning ", "and ", "good ", "night"]


def test_a_text_of_any_length_is_let_go_of() -> None:
    screen = Screen(ALL, "the text")
    for _ in range(500):
        screen.feed("nothing to see here, ")
    assert len(screen._tail) < 4 * CONTEXT


def test_a_flag_holds_nothing_back_and_tells_where() -> None:
    screen = Screen(pii("email", action="flag"), "the text")
    assert screen.feed("to a@b.io") == "to a@b.io"
    assert screen.end() == ""
    ((span),) = screen.flagged
    assert (span.kind, span.start, span.end) == ("email", 3, 9)


def test_places_of_flags_are_those_of_what_came_out() -> None:
    rules: tuple[Rule, ...] = (*pii("email"), *terms("zeus", action="flag"))
    screen = Screen(rules, "the text")
    said = screen.whole("to anna@example.com about zeus")
    ((span),) = screen.flagged
    start, end = screen.place(span.start), screen.place_after(span.end)
    assert said[start:end] == "zeus"


def test_a_length_is_cut_or_refused_at_the_same_place_in_a_stream() -> None:
    assert whole("abcdef", length(4)) == "abcd"
    assert streamed("abcdef", length(4)) == ["a", "b", "c", "d", "", "", ""]
    with pytest.raises(GuardRefused):
        streamed("abcdef", length(4, action="refuse"))
    assert whole("abcd", length(4, action="refuse")) == "abcd"
