"""Calls of tools, told apart from what is said, however the text is cut into pieces."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import InvalidInput, PayloadTooLarge, SamovarError
from samovar.generation.answers import joined
from samovar.generation.calls import Calls
from samovar.generation.grammars import Grammars
from samovar.generation.sampling import Sampling
from samovar.generation.texts import Manner, Text
from samovar.generation.tools import AFTER, BEFORE_ARGUMENTS, BEFORE_NAME, OPEN
from samovar.generation.wishes import read_wish

from tests.unit.generation.tiny_reader import reader

READER, END = reader(), 258
GRAMMARS = Grammars(READER, [END])
NAMES = st.from_regex(r"[a-zA-Z0-9_-]{1,9}", fullmatch=True)
VALUES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=9), st.just('"}\n</tool_call>\\')),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
CALLS = st.lists(st.tuples(NAMES, VALUES), max_size=3)


def tool(name="weather", **properties):
    parameters = {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


WEATHER, TIME = tool(city={"enum": ["Paris", "Rome"]}), tool("time", zone={"type": "integer"})


def written(name, value):
    arguments = json.dumps(value, ensure_ascii=False)
    return f"{OPEN}{BEFORE_NAME}{name}{BEFORE_ARGUMENTS}{arguments}{AFTER}"


def heard(pieces):
    calls = Calls()
    parts = [calls.add(piece) for piece in pieces] + [calls.end()]
    deltas = [delta for part in parts for delta in part.calls]
    return "".join(part.text for part in parts), joined(deltas), calls.whole


def cuts(text, places):
    at = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(at)]


SAID = st.text(max_size=20).filter(lambda text: OPEN not in text)


@given(SAID, CALLS, st.lists(st.integers(0, 400), max_size=30))
@settings(max_examples=150)
def test_however_it_is_cut_the_same_is_heard(said, calls, places):
    text = said + "\n".join(written(*call) for call in calls)
    content, found, whole = heard(cuts(text, places))
    assert content == said
    assert [(one["name"], json.loads(one["arguments"])) for one in found] == calls
    assert whole == len(calls)


@given(st.text(alphabet="<tool_cal>x", max_size=30).filter(lambda text: OPEN not in text))
def test_a_text_that_only_begins_like_a_call_is_told_whole(text):
    assert heard(text) == (text, [], 0)


@given(NAMES, VALUES, st.integers(1, 10_000))
def test_a_call_that_is_cut_tells_what_there_is_of_it(name, value, place):
    text = written(name, value)
    content, found, whole = heard([text[: min(place, len(text) - 1)]])
    assert (content in OPEN, whole) == (True, 0)
    assert all(json.dumps(value, ensure_ascii=False).startswith(c["arguments"]) for c in found)


def grown(seed=0, most=400, **asked):
    """A text of any scores, which lean to letters and to the marks of a call."""
    wish = read_wish(asked, Sampling(max_tokens=most))
    manner = Manner(GRAMMARS.begin(wish.grammar) if wish.grammar else None, wish.calls)
    text = Text([65], wish.sampling, READER.decode, frozenset({END}), manner)
    chance = np.random.default_rng(seed)
    while not text.is_done:
        text.add(chance.normal(size=259).astype(np.float32))
    return text


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_call_that_is_asked_for_is_made_and_its_arguments_fit(seed):
    text = grown(seed, tools=[WEATHER, TIME], tool_choice="required", max_tokens=400)
    (call,) = joined(text.called)
    arguments = json.loads(call["arguments"])
    assert (text.reason, text.text) == ("tool_calls", "")
    assert {"weather": "city", "time": "zone"}[call["name"]] in arguments


def test_the_tool_that_is_named_is_the_one_that_is_called():
    named = {"type": "function", "function": {"name": "time"}}
    for seed in range(10):
        (call,) = joined(grown(seed, tools=[WEATHER, TIME], tool_choice=named).called)
        assert call["name"] == "time"


def test_a_model_that_may_call_says_what_it_likes():
    text = grown(tools=[WEATHER], max_tokens=20)
    assert (text.reason, text.called, len(text.tokens)) == ("length", [], 20)


def test_what_begins_as_a_call_goes_on_as_one():
    grammar = read_wish({"tools": [WEATHER]}, Sampling()).grammar
    house = GRAMMARS.begin(grammar)
    for token in READER.read(f"Well: {OPEN}"):
        house.take(token)
    assert np.flatnonzero(house.allowed(259)).tolist() == READER.read("\n")


def test_a_model_that_may_call_answers_else_in_the_form_that_is_asked_for():
    for seed in range(5):
        text = grown(seed, tools=[WEATHER], choices=["yes", "no"])
        assert (text.text in ("yes", "no")) != (text.reason == "tool_calls")


def test_several_calls_are_made_only_where_that_is_asked_for():
    grammar = read_wish({"tools": [WEATHER], "tool_choice": "required"}, Sampling()).grammar
    several = read_wish(
        {"tools": [WEATHER], "tool_choice": "required", "parallel_tool_calls": True}, Sampling()
    ).grammar
    for rules, over in ((grammar, True), (several, False)):
        house = GRAMMARS.begin(rules)
        for token in READER.read(written("weather", {"city": "Rome"})):
            house.take(token)
        assert house.is_over is over


def test_tools_that_are_very_large_are_refused_before_they_are_looked_at():
    large = tool() | {"x": "y" * 300_000}
    with pytest.raises(PayloadTooLarge, match="200000 are taken"):
        grown(tools=[large])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"tools": {}}, "'tools' must be a list"),
        ({"tools": [{}]}, "tools[0] must be"),
        ({"tools": [{"type": "function"}]}, "'function' must be"),
        ({"tools": [tool("a b")]}, "'name' must be"),
        ({"tools": [tool("a"), tool("a")]}, "two 'tools' are called 'a'"),
        ({"tools": [tool("a")] * 129}, "128 at most"),
        ({"tools": [{"type": "function", "function": {"name": "a", "x": 1}}]}, "field 'x'"),
        ({"tools": [{"type": "function", "function": {"name": "a", "parameters": 1}}]}, "schema"),
        ({"tools": [tool("a", b={"enum": []})], "tool_choice": "required"}, "cannot be kept to"),
        ({"tools": [tool("a", b={"$ref": "#/properties/b"})]}, "tool 'a' can be met by no text"),
        ({"tool_choice": "required"}, "there are no 'tools'"),
        ({"tools": [WEATHER], "tool_choice": "any"}, "'tool_choice' must be"),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "x"}}},
            "none of 'tools': 'x'",
        ),
        ({"parallel_tool_calls": 3}, "must be true or false"),
    ],
)
def test_tools_that_are_wrong_are_refused_with_what_is(asked, words):
    with pytest.raises(SamovarError) as refused:
        grown(**asked)
    assert isinstance(refused.value, InvalidInput)
    assert words in refused.value.message
