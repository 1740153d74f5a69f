"""A text is held to its form, token by token, and to nothing else."""

import json

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samovar.errors import InvalidSchema, SamovarError
from samovar.generation.grammars import Grammars
from samovar.generation.sampling import Sampling
from samovar.generation.texts import Manner, Text
from samovar.generation.wishes import read_wish

from tests.unit.generation.tiny_reader import reader

READER, END, SIZE = reader(), 258, 259
GRAMMARS, PLAIN = Grammars(READER, [END]), Sampling()


def grammar(**asked):
    return read_wish(asked, Sampling()).grammar


def grown(sampling=PLAIN, seed=0, **asked):
    """A text of any scores at all, to its end."""
    manner = Manner(GRAMMARS.begin(grammar(**asked)))
    text = Text([65], sampling, READER.decode, frozenset({END}), manner)
    chance = np.random.default_rng(seed)
    while not text.is_done:
        text.add(chance.normal(size=SIZE).astype(np.float32))
    return text


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6)
LEAVES = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.builds(lambda n: {"type": "integer", "minimum": n, "maximum": n + 90}, st.integers(-99, 99)),
    st.builds(lambda n: {"type": "string", "maxLength": n}, st.integers(0, 5)),
    st.builds(lambda values: {"enum": values}, st.lists(NAMES, min_size=1, max_size=4)),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda parts: {
                "type": "object",
                "properties": parts,
                "required": list(parts),
                "additionalProperties": False,
            },
            st.dictionaries(NAMES, inner, max_size=3),
        ),
        st.builds(lambda one, n: {"type": "array", "items": one, "maxItems": n}, inner,
                  st.integers(0, 2)),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
    ),
    max_leaves=5,
)  # fmt: skip


@given(SCHEMAS, st.integers(0, 99), st.sampled_from([0.0, 1.0]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_scores_are_the_text_is_json_that_the_schema_allows(schema, seed, heat):
    text = grown(Sampling(max_tokens=2000, temperature=heat, seed=seed), seed, schema=schema)
    assert text.error is None
    assert text.reason == "stop"
    jsonschema.validate(json.loads(text.text), schema)


@given(st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_a_pattern_and_a_choice_are_kept_to(seed):
    assert grown(seed=seed, regex="[0-9]{3}/[0-9]").text.replace("/", "").isdigit()
    assert grown(seed=seed, choices=["yes", 'no "really"', "vielleicht – ja"]).text in (
        "yes",
        'no "really"',
        "vielleicht – ja",
    )


def test_a_text_that_runs_out_of_tokens_is_cut_and_says_so():
    text = grown(Sampling(max_tokens=3), schema={"type": "array", "minItems": 9})
    assert (text.reason, len(text.tokens)) == ("length", 3)


def test_a_form_that_is_complete_ends_the_text_without_another_token():
    text = grown(choices=["abc"])
    assert (text.reason, text.text, len(text.tokens)) == ("stop", "abc", 3)


def test_texts_of_one_grammar_grow_beside_each_other():
    form = grammar(schema={"type": "object", "properties": {"a": {"type": "integer"}}})
    one, other = GRAMMARS.begin(form), GRAMMARS.begin(form)
    before = other.allowed(SIZE).copy()
    one.take(int(np.flatnonzero(one.allowed(SIZE))[0]))
    assert (other.allowed(SIZE) == before).all()


def test_scores_of_tokens_that_the_tokenizer_lacks_are_never_chosen():
    allowed = GRAMMARS.begin(grammar(choices=["a"])).allowed(SIZE + 100)
    assert allowed.sum() == 1
    assert len(allowed) == SIZE + 100


def test_a_token_that_is_forced_by_a_bias_must_still_be_of_the_form():
    text = grown(Sampling(logit_bias=((5, 100.0),)), choices=["yes", "no"])
    assert text.text in ("yes", "no")


BOMB = {f"x{n}": {"anyOf": [{"$ref": f"#/$defs/x{n - 1}"}] * 8} for n in range(1, 60)}
WRONG = [
    ({"schema": {"type": "integer", "minimum": 5, "maximum": 3}}, "minimum"),
    ({"schema": {"enum": []}}, "anyOf is empty"),
    ({"schema": {"type": "string", "enum": [1]}}, "incompatible"),
    ({"schema": {"type": "strng"}}, "strng"),
    ({"schema": {"not": {"type": "string"}}}, 'Unimplemented keys: ["not"]'),
    ({"schema": {"type": "string", "pattern": "("}}, "regex parse error"),
    ({"schema": {"$ref": "#/$defs/none"}}, "does not exist"),
    ({"schema": {"$ref": "http://169.254.169.254/latest"}}, "does not fetch"),
    ({"schema": {"$ref": "#"}}, "asks for itself"),
    ({"schema": {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}}, "ends"),
    ({"schema": {"type": "array", "items": {"$ref": "#"}, "minItems": 1}}, "itself"),
    ({"schema": {"enum": ["x" * 200_000]}}, "bytes"),
    ({"schema": {"enum": list(range(9_000))}}, "parts"),
    ({"schema": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}, "'anyOf' always"),
    ({"schema": [1]}, "must be a JSON schema"),
    ({"schema": "{}"}, "must be a JSON schema"),
    ({"regex": "("}, "unclosed group"),
    ({"regex": "(?=a)b"}, "look-around"),
    ({"regex": ""}, "'regex' must be"),
    ({"choices": []}, "'choices' must be"),
    ({"choices": ["a", ""]}, "'choices' must be"),
    ({"choices": ["a"], "regex": "b"}, "both say"),
    ({"choices": ["a" * 99_999, "b"]}, "are taken"),
]


@pytest.mark.parametrize(("asked", "words"), WRONG)
def test_a_form_that_no_text_has_is_refused_before_the_first_token(asked, words):
    with pytest.raises(SamovarError) as refused:
        GRAMMARS.begin(grammar(**asked))
    assert words in refused.value.message
    assert refused.value.code in ("invalid_schema", "wrong_datatype", "invalid_input")
    assert "start:" not in refused.value.message  # of the grammar that we wrote


def test_schemas_that_refer_to_themselves_and_can_end_are_taken():
    tree = {"type": "object", "properties": {"next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}}}
    assert GRAMMARS.begin(grammar(schema=tree | {"required": ["next"]})).allowed(SIZE).any()


def test_a_bomb_of_references_takes_no_time():
    schema = {"$defs": {"x0": {"type": "null"}} | BOMB, "$ref": "#/$defs/x59"}
    text = grown(schema=schema)
    assert text.text == "null"


def test_a_bomb_of_references_without_an_end_is_seen():
    defs = BOMB | {"x0": {"$ref": "#/$defs/x59"}}
    with pytest.raises(InvalidSchema, match="itself"):
        grammar(schema={"$defs": defs, "$ref": "#/$defs/x59"})


def test_a_pattern_that_grows_too_large_ends_its_own_text_with_an_error():
    always = Sampling(max_tokens=5000, logit_bias=((64, 100.0),))  # an a, again and again
    text = grown(always, regex="(a{1,1000}){1,1000}")
    assert isinstance(text.error, InvalidSchema)
    assert "too complex" in text.error.message
    assert set(text.text) == {"a"}


def test_a_thousand_properties_in_any_order_are_taken():
    parts = {f"property {number}": {"type": "null"} for number in range(1000)}
    schema = {"type": "object", "properties": parts, "additionalProperties": False}
    text = grown(Sampling(max_tokens=60), schema=schema)
    assert text.text.startswith(("{}", '{"property '))


def test_the_client_does_not_set_how_a_schema_is_compiled():
    own = {"x-guidance": {"lenient": True, "whitespace_flexible": True}}
    with pytest.raises(InvalidSchema, match="not"):
        GRAMMARS.begin(grammar(schema=own | {"not": {}}))


def test_those_asked_for_last_are_kept():
    house = Grammars(READER, [END])
    for number in range(80):
        house.begin(grammar(choices=[f"text {number}"]))
    assert len(house._held) == 64
