"""JSON with a key twice is refused wherever it stands; nothing else is, and nothing hangs."""

import json
import sys

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.codecs.json_keys import MAX_DEPTH, depth, parse
from samovar.errors import DuplicateName, MalformedBody

TEXTS = st.text(st.sampled_from('ab":{}[],\\\n é'), max_size=6)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 2]))
def test_any_json_is_read_as_it_was_written(value, indent):
    assert parse(json.dumps(value, indent=indent).encode()) == value


@given(VALUES, TEXTS, VALUES, VALUES)
def test_a_key_given_twice_is_found_however_deep_it_stands(around, key, first, second):
    name = json.dumps(key)
    twice = f"{{{name}: {json.dumps(first)}, {name}: {json.dumps(second)}}}"
    body = f'{{"a": {json.dumps(around)}, "b": [[{twice}]]}}'
    with pytest.raises(DuplicateName):
        parse(body.encode())


def test_a_key_given_twice_under_an_escape_is_found():
    with pytest.raises(DuplicateName, match="'ab'"):
        parse(rb'{"ab": 1, "\u0061b": 2}')


def test_texts_that_look_like_keys_are_no_keys():
    assert parse(rb'{"a": "\"a\": 1, \"a\": 2", "b": "x\" :"}')["b"] == 'x" :'


@given(VALUES)
def test_depth_is_never_less_than_the_nesting(value):
    nested = 0
    level = [value]
    while level := [x for x in level if isinstance(x, list | dict)]:
        nested += 1
        level = [child for x in level for child in (x.values() if isinstance(x, dict) else x)]
    wide = [value] * (MAX_DEPTH + 1)  # enough brackets to be counted
    assert depth(json.dumps(wide).encode()) == nested + 1 or nested == 0


def test_the_deepest_nesting_is_taken_and_one_more_is_not():
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(MalformedBody, match="deeper than 64"):
        parse(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_brackets_in_texts_are_no_nesting():
    assert parse(orjson.dumps(["[{" * 100, '\\"[', "]" * 100]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"[1,]",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 01}',
        b'{"a": 1} x',
        b'"\xff"',
        b'"\\ud800"',
        b"nul",
        b"\xff\xfe{\0}\0",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(MalformedBody):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b'["' + b'\\"' * 1_000_000,
        b"[" * 100 + b'"' + b"\\" * 2_000_001,
        b'["' * 700_000,
        b'" ' * 1_000_000 + b"[" * 100,
        b"[" * 100 + b'"' + b" " * 2_000_000,
    ],
    ids=["escaped quotes", "backslashes", "open strings", "spaced quotes", "spaces"],
)
def test_hard_texts_take_linear_time(body):
    """A pattern that tried again from every quote would need minutes for each of these."""
    with pytest.raises(MalformedBody):
        parse(body)


def test_numbers_of_any_length_do_not_stop_the_second_look():
    digits = b"9" * (sys.get_int_max_str_digits() + 1)
    with pytest.raises((DuplicateName, MalformedBody)):
        parse(b'{"a": %b, "b": {"c": 1, "c": 2}}' % digits)


def test_a_byte_order_mark_is_passed_over():
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
