"""What is asked of collections: what is read, what is refused, what a filter takes."""

from typing import Any

import pytest
from samovar.errors import SamovarError
from samovar.search.asks import (
    MAX_SENT,
    check_name,
    read_change,
    read_precision,
    read_search,
)


def test_a_text_alone_has_an_id_that_it_makes() -> None:
    change = read_change({"documents": ["tea", {"text": "loan", "id": "b", "metadata": {"n": 1}}]})
    first, second = change.documents
    assert (len(first.id), first.text, first.metadata) == (16, "tea", {})
    assert (second.id, second.metadata) == ("b", {"n": 1})
    assert read_change({"documents": [{"text": "tea"}]}).documents[0].id == first.id


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"documents": "tea"}, "invalid_input", "'documents' must be a list"),
        ({"documents": ["x"] * (MAX_SENT + 1)}, "payload_too_large", "2049: 2048 are taken"),
        ({"documents": [5]}, "invalid_input", r"documents\[0\] must be a text"),
        ({"documents": [" "]}, "invalid_input", r"documents\[0\] has a text that says nothing"),
        ({"documents": ["tea", "tea"]}, "duplicate_name", "or are the same text"),
        ({"documents": ["x" * 100_001]}, "payload_too_large", r"documents\[0\] has 100001"),
        ({"documents": ["\ud800"]}, "invalid_input", r"documents\[0\] is no UTF-8"),
        ({"documents": [{"text": "x", "id": ""}]}, "invalid_input", r"\.id must be a text of 1"),
        ({"documents": [{"text": "x", "id": 5}]}, "invalid_input", r"\.id must be a text of 1"),
        ({"documents": [{"text": "x", "ID": "5"}]}, "invalid_input", "an unknown field 'ID'"),
        ({"documents": [{"text": "x", "metadata": []}]}, "invalid_input", "must be an object"),
        (
            {"documents": [{"text": "x", "metadata": {"a": "b" * 5000}}]},
            "payload_too_large",
            "4096 are kept",
        ),
        ({"documents": [{"text": "x", "metadata": {"a": "\ud800"}}]}, "invalid_input", "no UTF-8"),
        ({"delete": "a"}, "invalid_input", "'delete' must be a list"),
        ({"documents": [{"text": "x", "id": "a"}], "delete": ["a"]}, "invalid_input", "'a' is in"),
        ({"docs": []}, "invalid_input", "unknown field 'docs'"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(said: Any, code: str, words: str) -> None:
    with pytest.raises(SamovarError, match=words) as refused:
        read_change(said)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"query": ""}, "'query' must be"),
        ({"top_k": 0}, "'top_k' must be"),
        ({"top_k": 1001}, "'top_k' must be"),
        ({"top_k": True}, "'top_k' must be"),
        ({"min_score": "x"}, "'min_score' must be"),
        ({"filter": []}, "'filter' must be"),
        ({"filter": {str(n): n for n in range(17)}}, "'filter' must be"),
        ({"filter": {"a": {"gt": 1}}}, "'filter' has at 'a'"),
        ({"limit": 3}, "unknown field 'limit'"),
    ],
)
def test_a_search_that_means_nothing_is_refused(said: Any, words: str) -> None:
    with pytest.raises(SamovarError, match=words):
        read_search({"query": "tea", **said})


@pytest.mark.parametrize(
    ("wanted", "metadata", "taken"),
    [
        ({}, {}, True),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": [1, 2]}, {"a": 2}, True),
        ({"a": "x"}, {"a": ["y", "x"]}, True),
        ({"a": ["x", "z"]}, {"a": ["y"]}, False),
        ({"a": "x"}, {}, False),
        ({"a": None}, {}, True),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
        ({"a": []}, {"a": 1}, False),
    ],
)
def test_a_filter_takes_what_has_a_wanted_value_at_every_name(
    wanted: Any, metadata: Any, taken: bool
) -> None:
    assert read_search({"query": "tea", "filter": wanted}).takes(metadata) is taken


@pytest.mark.parametrize("name", ["", "A", "-a", ".a", "a/b", "a b", "ä", "a" * 64, "a\n"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(SamovarError, match="a collection's name has"):
        check_name(name)


def test_a_precision_is_one_of_three() -> None:
    assert read_precision({}) in {"float16", "int8"}
    assert read_precision({"precision": "int8"}) == "int8"
    for wrong in (False, "", ["int8"]):
        with pytest.raises(SamovarError, match="'precision' must be"):
            read_precision({"precision": wrong})
    with pytest.raises(SamovarError, match="int8, float16, float32"):
        read_precision({"precision": "binary"})
