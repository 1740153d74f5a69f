"""Languages, sentences and forms: judged the same in a whole text and in one that grows."""

import io
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import ModelCorrupt
from samovar.guarding.json_schema import faults, fits
from samovar.guarding.languages import language_of
from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.guarding.toxicity import read_words
from samovar.refusals import LanguageRefused, SchemaRefused
from samovar.steps.guard_language import GuardLanguage
from samovar.steps.guard_schema import GuardSchema
from samovar.steps.guard_toxicity import GuardToxicity
from samovar.steps.params import ParamError

from tests.unit.guarding.house import no_files, pii, streamed, whole

# The first article of the Universal Declaration of Human Rights.
ARTICLES = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "ar": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق.",
    "ja": "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}


@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_a_sentence_is_known_by_its_language(name: str) -> None:
    assert language_of(ARTICLES[name]) == name


@pytest.mark.parametrize("text", ["", "ok", "DE89 3704 0044", "x = y[1] + 2", "🙂 🙂 🙂"])
def test_what_has_few_letters_is_in_no_language_and_passes(text: str) -> None:
    assert language_of(text) == ""
    assert whole(text, GuardLanguage(("en",)).rules(no_files)) == text


def test_a_text_in_another_language_is_refused_before_any_of_it_is_out() -> None:
    rules = GuardLanguage(("en", "fr"), characters=40).rules(no_files)
    assert whole(ARTICLES["fr"] * 3, rules) == ARTICLES["fr"] * 3
    screen = Screen(rules, "the text")
    assert screen.feed(ARTICLES["de"][:39]) == ""
    with pytest.raises(LanguageRefused, match="en, fr"):
        screen.feed(ARTICLES["de"][39:])


def test_a_language_that_is_allowed_waits_for_its_judgement_and_no_longer() -> None:
    rules = GuardLanguage(("en",), characters=30).rules(no_files)
    out = streamed([ARTICLES["en"][:29], ARTICLES["en"][29:40], " more"], rules)
    assert out == ["", ARTICLES["en"][:40], " more", ""]


def toxicity(threshold: float = 0.9) -> tuple[Rule, ...]:
    """A model that knows two words."""
    file = io.BytesIO()
    np.savez(
        file,
        words=np.frombuffer(b"awful\nlovely", np.uint8),
        weights=np.ones(2, np.float16),
        coefficients=np.array([[4], [-4]], np.float16),
        folds=np.array([[-1], [-2], [0]], np.float32),
    )
    return GuardToxicity("redact", threshold).rules(lambda _: file.getvalue())


def test_a_sentence_is_hidden_when_the_model_says_so_and_its_neighbours_stay() -> None:
    text = "You are lovely. You are awful! Good night."
    assert whole(text, toxicity()) == "You are lovely. [REMOVED] Good night."
    out = streamed(text, toxicity())
    assert "".join(out) == "You are lovely. [REMOVED] Good night."
    assert not any("awful" in piece for piece in out)


def test_a_model_of_words_gives_the_probability_that_its_formula_does() -> None:
    words = read_words("t", _file())
    chance = 1 / (1 + np.exp(-2 * (4 * 2 / np.sqrt(5) - 4 / np.sqrt(5) - 1)))
    assert words.probability("Awful, awful; lovely") == pytest.approx(chance, abs=1e-5)
    with pytest.raises(ModelCorrupt, match="recipes"):
        read_words("t", b"no zip")


def _file() -> bytes:
    file = io.BytesIO()
    np.savez(
        file,
        words=np.frombuffer(b"awful\nlovely", np.uint8),
        weights=np.ones(2),
        coefficients=np.array([[4.0], [-4.0]]),
        folds=np.array([[-1.0], [-2.0], [0.0]]),
    )
    return file.getvalue()


PARTS = ["You are ", "awful", "lovely", ". ", "!", '."', "\n", " ", "… ", "x" * 150, "a@b.io "]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=12), st.integers(1, 40))
def test_sentences_are_judged_the_same_however_a_text_is_cut(parts: list[str], size: int) -> None:
    text = "".join(parts)
    rules = (*toxicity(), *pii("email"), *GuardLanguage(("en",), "flag", 50).rules(no_files))
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(streamed(cut, rules)) == whole(text, rules)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"enum": ["a", 1, True]}, "maxItems": 2},
        "more": {
            "anyOf": [{"type": "null"}, {"const": 1}, {"not": {"type": ["string", "number"]}}]
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.sampled_from(["", "a", "anna", "longer"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "age", "tags", "more", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_json_is_judged_as_the_reference_judges_it(value: Any) -> None:
    wanted = jsonschema.Draft202012Validator(SCHEMA).is_valid(value)
    assert fits(json.dumps(value), SCHEMA) == wanted


def test_an_answer_that_is_not_the_promised_json_is_refused_before_any_of_it_is_out() -> None:
    rules = GuardSchema(SCHEMA).rules(no_files)
    assert whole('{"name": "anna"}', rules) == '{"name": "anna"}'
    assert streamed(['{"name"', ': "anna"}'], rules) == ["", "", '{"name": "anna"}']
    for bad in ("anna", '{"name": ""}', '{"name": "anna"', '{"name": "a", "x": 1}'):
        with pytest.raises(SchemaRefused):
            whole(bad, rules)


WRONG: list[tuple[type[Any], Mapping[str, Any], str]] = [
    (GuardSchema, {"schema": {"pattern": "a+"}}, "pattern"),
    (GuardSchema, {"schema": {"type": "text"}}, "text"),
    (GuardSchema, {"schema": {"properties": ["a"]}}, "properties"),
    (GuardLanguage, {"allowed": ()}, "one language"),
    (GuardLanguage, {"allowed": ("xx",)}, "xx"),
    (GuardLanguage, {"allowed": ("en",), "characters": 5}, "20 or more"),
    (GuardToxicity, {"threshold": 0.0}, "threshold|must lie"),
]


@pytest.mark.parametrize(("step", "params", "told"), WRONG)
def test_what_a_guard_cannot_do_is_told_when_its_manifest_is_read(
    step: type[Any], params: Mapping[str, Any], told: str
) -> None:
    with pytest.raises(ParamError, match=told):
        step(**params)


def test_a_schema_within_a_schema_is_looked_at_too() -> None:
    assert faults({"anyOf": [{"items": {"format": "date"}}]}) == [
        "schema.anyOf[0].items has 'format'"
    ]
