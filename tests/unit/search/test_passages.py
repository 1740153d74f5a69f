"""Texts in passages: nothing is left unread, and each passage knows whose it is."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from samovar.embedding import Embedded
from samovar.search.passages import best_of, read_passages

LONGEST = 8


class Reader:
    """Reads a token a word, `LONGEST` at most, and remembers what it read whole."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Embedded:
        counts = tuple(min(len(text.split()), LONGEST) for text in texts)
        self.read += [text for text in texts if len(text.split()) <= LONGEST]
        return Embedded(np.array([[len(text), 1] for text in texts], np.float32), counts)


words = st.lists(st.integers(0, 99).map(lambda n: "tea"[: n % 3 + 1] + str(n)), max_size=60)


@given(st.lists(words, max_size=4))
def test_every_word_of_every_text_is_read(documents: list[list[str]]) -> None:
    texts = [" ".join(each) for each in documents]
    reader = Reader()
    found = read_passages(texts, reader, LONGEST)
    assert len(found.vectors) == len(found.owners)
    assert sorted(set(found.owners.tolist())) == list(range(len(texts)))
    assert found.owners.tolist() == sorted(found.owners.tolist())
    known = {word for text in reader.read for word in text.split()}
    for text in texts:
        assert set(text.split()) <= known


def test_a_text_that_fits_is_one_passage() -> None:
    found = read_passages(["tea for two", ""], Reader(), LONGEST)
    assert found.owners.tolist() == [0, 1]
    assert found.tokens == 3


def test_one_endless_word_ends() -> None:
    def always_cut(texts: Sequence[str]) -> Embedded:
        return Embedded(np.ones((len(texts), 1), np.float32), (LONGEST,) * len(texts))

    found = read_passages(["x" * 5000], always_cut, LONGEST)
    assert 2500 <= len(found.owners) <= 5000


def test_a_model_without_a_limit_reads_a_text_whole() -> None:
    assert read_passages(["tea " * 500], Reader(), 0).owners.tolist() == [0]


def test_no_texts_have_no_passages() -> None:
    found = read_passages([], Reader(), LONGEST)
    assert (found.vectors.shape[0], found.owners.tolist(), found.tokens) == (0, [], 0)


def test_a_document_is_as_good_as_its_best_passage() -> None:
    scores = np.array([0.1, 0.9, 0.4], np.float32)
    best = best_of(scores, np.array([0, 0, 2], np.int32), 3)
    np.testing.assert_array_equal(best, np.array([0.9, -np.inf, 0.4], np.float32))
