"""Documents in order: what is asked, what is refused, and that the order is the scores'."""

from pathlib import Path
from typing import Any

import pytest
from samovar.errors import InvalidInput
from samovar.search.ranking import MAX_DOCUMENTS, rank, read_rank
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

DOCUMENTS = ["a loan of the bank", "water the rose", "tea from the samovar", "a train ticket"]


def ranked(sense: Service, **said: Any) -> Any:
    ask = read_rank({"query": "coffee", "documents": DOCUMENTS, **said})
    return rank(ask, sense.predict, sense.spec("sense"))


def test_the_best_fitting_document_is_first(sense: Service) -> None:
    found = ranked(sense)
    scores = [one["relevance_score"] for one in found["results"]]
    assert found["results"][0]["index"] == 2
    assert scores == sorted(scores, reverse=True)
    assert sorted(one["index"] for one in found["results"]) == [0, 1, 2, 3]
    assert found["usage"]["total_tokens"] == 1 + 5 + 3 + 4 + 3


def test_some_are_told_with_their_texts_where_that_is_asked_for(sense: Service) -> None:
    documents = [{"text": DOCUMENTS[0]}, DOCUMENTS[2]]
    (only,) = ranked(sense, documents=documents, top_n=1, return_documents=True)["results"]
    assert (only["index"], only["document"]) == (1, {"text": DOCUMENTS[2]})
    assert len(ranked(sense, top_n=50)["results"]) == 4


def test_a_long_document_is_judged_by_the_passage_that_fits(sense: Service) -> None:
    long = "invoice price loan bank " * 30 + "tea coffee samovar cup " + "rose plant soil " * 30
    found = ranked(sense, documents=["soil and a cup", long])["results"]
    assert found[0]["index"] == 1
    assert found[0]["relevance_score"] > 0.8


def test_equal_documents_keep_their_order(sense: Service) -> None:
    found = ranked(sense, documents=["tea", "loan", "tea", "tea"])["results"]
    assert [one["index"] for one in found] == [0, 2, 3, 1]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"query": " "}, "'query' must be a text that is not empty"),
        ({"query": None}, "'query' must be"),
        ({"documents": []}, "'documents' must be a list"),
        ({"documents": "tea"}, "'documents' must be a list"),
        ({"documents": ["tea", 3]}, r"documents\[1\] must be a text"),
        ({"documents": [{"title": "tea"}]}, r"documents\[0\] must be"),
        ({"documents": ["x"] * (MAX_DOCUMENTS + 1)}, "1001: 1000 are ranked at once"),
        ({"top_n": 0}, "'top_n' must be"),
        ({"top_n": True}, "'top_n' must be"),
        ({"return_documents": 1}, "'return_documents' must be"),
        ({"by": False}, "'by' must be"),
        ({"return_documents": "yes"}, "'return_documents' must be"),
        ({"docs": []}, "unknown field 'docs'"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_words(said: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_rank({"query": "tea", "documents": ["tea"], **said})


def test_what_other_houses_ask_beside_is_passed_over() -> None:
    read_rank({"query": "x", "documents": ["y"], "model": "m", "max_tokens_per_doc": 10})


def test_a_model_that_embeds_nothing_ranks_nothing(sense: Service, models_dir: Path) -> None:
    other = build_service(Settings(models_dir=models_dir))
    with pytest.raises(InvalidInput, match="embeds no texts"):
        rank(read_rank({"query": "x", "documents": ["y"]}), other.predict, other.spec("mood"))
