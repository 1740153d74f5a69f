"""What a request says of its labels: read as it is meant, refused where it means nothing."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.classification.label_sets import (
    MOST_EXAMPLES,
    MOST_LABELS,
    Label,
    check_fields,
    read_label_set,
    read_texts,
    words_of,
)
from samovar.errors import InvalidInput, SamovarError

AB = ["a", "b"]


def test_labels_are_names_or_objects() -> None:
    found = read_label_set(
        {
            "labels": ["High", {"name": "Low", "description": "some day", "examples": ["rest"]}],
            "examples": [{"text": "fire", "label": "High"}],
        }
    )
    assert found.labels == (Label("High"), Label("Low", "some day"))
    assert found.examples == (("rest", 1), ("fire", 0))
    assert words_of(found) == ["High", "Low", "High", "some day", "rest", "fire"]


def test_labels_may_be_those_of_the_examples() -> None:
    said = [{"text": "x", "label": "b"}, {"text": "y", "label": "a"}, {"text": "z", "label": "b"}]
    found = read_label_set({"examples": said})
    assert [label.name for label in found.labels] == ["b", "a"]
    assert found.examples == (("x", 0), ("y", 1), ("z", 0))


def test_an_example_that_is_given_twice_counts_once() -> None:
    same = {"text": "x", "label": "a"}
    assert read_label_set({"labels": AB, "examples": [same, same]}).examples == (("x", 0),)


@pytest.mark.parametrize(
    ("said", "code", "says"),
    [
        ({}, "missing_tensor", "nothing says what to tell apart"),
        ({"labels": []}, "missing_tensor", "nothing says"),
        ({"labels": "a"}, "wrong_datatype", "'labels' must be a list"),
        ({"labels": [1]}, "wrong_datatype", "labels[0] must be a name"),
        ({"labels": [{}]}, "wrong_datatype", "labels[0].name must be a label's name"),
        ({"labels": ["a", " "]}, "invalid_input", "labels[1] is empty"),
        ({"labels": ["a", "x" * 300]}, "invalid_input", "labels[1] has 300 characters"),
        ({"labels": ["a", "a"]}, "duplicate_name", "'a' is given twice"),
        ({"labels": [{"name": "a", "weight": 1}]}, "invalid_input", "unknown field 'weight'"),
        ({"labels": [{"name": "a", "examples": "x"}]}, "wrong_datatype", "a list of texts"),
        ({"labels": [{"name": "a", "description": 1}]}, "wrong_datatype", "must be a text"),
        ({"labels": [{"name": "a", "examples": [""]}]}, "invalid_input", "examples[0] is empty"),
        ({"labels": AB, "examples": {}}, "wrong_datatype", "'examples' must be a list"),
        ({"labels": AB, "examples": ["x"]}, "wrong_datatype", "examples[0] must be"),
        ({"labels": AB, "examples": [{"text": "x"}]}, "wrong_datatype", "examples[0].label"),
        ({"labels": AB, "examples": [{"text": 1, "label": "a"}]}, "wrong_datatype", "[0].text"),
        ({"labels": AB, "examples": [{"text": " ", "label": "a"}]}, "invalid_input", "is empty"),
        ({"labels": AB, "examples": [{"text": "x", "label": "c"}]}, "invalid_input", "a, b"),
        (
            {"labels": [{"name": "a", "examples": ["x"]}, {"name": "b", "examples": ["x"]}]},
            "invalid_input",
            "the same text is an example of 'a' and of 'b'",
        ),
        ({"labels": [f"l{at}" for at in range(10_000)]}, "payload_too_large", "10000 entries"),
        (
            {"labels": AB, "examples": [{"text": "x", "label": "a"}] * (MOST_EXAMPLES + 1)},
            "payload_too_large",
            "4097 entries; 4096 are allowed",
        ),
        (
            {"labels": AB, "examples": [{"text": "x" * 1_000_001, "label": "a"}]},
            "payload_too_large",
            "examples[0].text has 1000001 bytes",
        ),
        ({"labels": ["a", "\ud800"]}, "invalid_input", "is no UTF-8"),
    ],
)
def test_what_means_nothing_is_refused_and_it_is_said_where(
    said: Any, code: str, says: str
) -> None:
    with pytest.raises(SamovarError) as caught:
        read_label_set(said)
    assert caught.value.code == code
    assert says in caught.value.message
    assert len(caught.value.message) < 400


def test_as_many_labels_as_are_allowed_are() -> None:
    assert len(read_label_set({"labels": [f"l{at}" for at in range(MOST_LABELS)]}).labels) == 256


def test_one_text_is_told_from_a_list_of_one() -> None:
    assert read_texts("x", "input") == (["x"], True)
    assert read_texts(["x"], "input") == (["x"], False)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (None, "missing_tensor"),
        ([], "wrong_datatype"),
        ([1], "wrong_datatype"),
        ({}, "wrong_datatype"),
        (["x"] * 5000, "payload_too_large"),
    ],
)
def test_what_is_no_text_is_refused(said: Any, code: str) -> None:
    with pytest.raises(SamovarError) as caught:
        read_texts(said, "input")
    assert caught.value.code == code


def test_a_field_that_means_nothing_is_a_slip() -> None:
    with pytest.raises(InvalidInput, match="unknown field 'lables'; known: labels, input"):
        check_fields({"lables": []}, ("labels", "input"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "text", "label", "description", "examples"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JSON, JSON)
def test_any_json_is_read_or_refused_in_our_words(labels: Any, examples: Any) -> None:
    with contextlib.suppress(SamovarError):
        found = read_label_set({"labels": labels, "examples": examples})
        assert len({label.name for label in found.labels}) == len(found.labels)
        assert all(0 <= at < len(found.labels) for _, at in found.examples)
