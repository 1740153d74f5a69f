"""What decides which document fits: meaning, words, or both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import InvalidInput
from samovar.search.ranking import rank, read_rank
from samovar.search.ways import WAYS, read_way, scored
from samovar.search.words import Words
from samovar.service import Service

DOCUMENTS = ["A loan, of the bank!", "water the rose", "tea of order A-113", "of of of of"]


def ways(query: str, sense: Service, way: str) -> list[int]:
    ask = read_rank({"query": query, "documents": DOCUMENTS, "by": way})
    results = rank(ask, sense.predict, sense.spec("sense"))["results"]
    return [one["index"] for one in results]


def test_a_rare_word_counts_for_more_than_a_common_one() -> None:
    scores = Words(DOCUMENTS).scores("the tea of")
    assert np.argmax(scores) == 2
    assert Words(DOCUMENTS).scores("nothing here").tolist() == [0, 0, 0, 0]
    assert Words(DOCUMENTS).shares("LOAN").tolist() == [1, 0, 0, 0]


def test_bm25_is_bm25() -> None:
    """The formula by hand: two documents, one of which has the word twice in three."""
    found = Words(["tea tea x", "y"]).scores("tea")
    rare = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = rare * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    np.testing.assert_allclose(found, [expected, 0], rtol=1e-6)


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_any_texts_have_shares_from_nothing_to_one(documents: list[str], query: str) -> None:
    shares = Words(documents).shares(query)
    assert shares.shape == (len(documents),)
    assert not len(documents) or 0 <= shares.min() <= shares.max() <= 1


def test_a_number_is_found_by_words_and_a_meaning_by_meaning(sense: Service) -> None:
    assert ways("invoice 113", sense, "words")[0] == 2
    assert ways("invoice", sense, "meaning")[0] == 0
    assert ways("invoice of bank", sense, "both")[0] == 0


def test_words_alone_ask_no_model(sense: Service) -> None:
    ask = read_rank({"query": "rose", "documents": DOCUMENTS, "by": "words"})
    found = rank(ask, lambda *_: pytest.fail("the model was asked"), sense.spec("sense"))
    assert found["usage"]["total_tokens"] == 0
    assert found["results"][0] == {"index": 1, "relevance_score": 1.0}


def test_without_any_of_the_words_a_document_is_none_of_theirs() -> None:
    shares = np.array([0, 0.5, 1], np.float32)
    nobody = lambda: pytest.fail("was asked")  # noqa: E731 - a value, like the others
    assert scored("words", nobody, lambda: shares).tolist() == [-np.inf, 0.5, 1]
    assert scored("both", lambda: shares * 0 + 1, lambda: shares).tolist() == [0.75, 0.875, 1]


def test_a_way_is_one_of_three() -> None:
    assert [read_way({"by": way}) for way in WAYS] == list(WAYS)
    assert read_way({}) == read_way({"by": None}) == "meaning"
    with pytest.raises(InvalidInput, match="meaning, words, both"):
        read_way({"by": "magic"})
