"""Texts → unit vectors: what is asked once is not asked again, and nothing is mixed up."""

from collections.abc import Sequence

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar import embedding
from samovar.embedding import Vectors, embed, embed_counted, unit
from samovar.errors import InvalidInput
from samovar.types import ModelSpec, Payload

MODEL = ModelSpec("words", task="text-embedding", files={"1/model.onnx": "ab"})


class Counting:
    """A predictor whose vector of a text is its length and its first letter's number."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, model: str, version: str, payload: Payload) -> Payload:
        texts = [row["text"] for row in orjson.loads(payload.body)["rows"]]
        self.asked += texts
        answers = [{"embedding": numbers(text), "tokens": len(text)} for text in texts]
        return Payload(orjson.dumps({"predictions": answers}), "application/json")


def numbers(text: str) -> list[float]:
    return [float(len(text)), float(ord(text[0]) if text else 0), 1.0]


def asked(texts: Sequence[str], predict: Counting, vectors: Vectors) -> np.ndarray:
    return embed_counted(texts, predict, MODEL, vectors=vectors).vectors


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "aa", "ß", "long text"]))))
def test_rows_are_each_texts_own_whatever_was_asked_before(calls: list[list[str]]) -> None:
    predict, vectors = Counting(), Vectors()
    for texts in calls:
        found = embed_counted(texts, predict, MODEL, vectors=vectors)
        assert found.tokens == tuple(map(len, texts))
        if texts:
            expected = unit(np.array([numbers(text) for text in texts], np.float32))
            np.testing.assert_array_equal(found.vectors, expected)
    assert len(predict.asked) == len(set(predict.asked))


def test_rows_have_length_one_and_zeros_stay_zeros() -> None:
    found = unit(np.array([[3, 4], [0, 0], [1e-20, 0]], np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], [0.6, 0.8], rtol=1e-6)
    assert found[1].tolist() == [0, 0]


def test_another_model_version_or_step_shares_nothing() -> None:
    predict, vectors = Counting(), Vectors()
    changed = ModelSpec("words", task="text-embedding", files={"1/model.onnx": "cd"})
    embed_counted(["a"], predict, MODEL, vectors=vectors)
    embed_counted(["a"], predict, changed, vectors=vectors)
    embed_counted(["a"], predict, MODEL, "2", vectors=vectors)
    assert predict.asked == ["a", "a", "a"]


def test_a_model_whose_files_nobody_listed_is_asked_every_time() -> None:
    predict = Counting()
    nameless = ModelSpec("words", task="text-embedding")
    for _ in range(2):
        embed(["a", "a"], predict, nameless)
    assert predict.asked == ["a", "a"]


def test_the_least_recently_asked_goes_first() -> None:
    predict, vectors = Counting(), Vectors(max_bytes=2 * 212)
    for text in ("a", "b", "a", "c", "a", "b"):
        asked([text], predict, vectors)
    assert predict.asked == ["a", "b", "c", "b"]
    assert vectors.held_bytes <= 2 * 212


def test_a_call_that_does_not_fit_is_answered_all_the_same() -> None:
    predict, vectors = Counting(), Vectors(max_bytes=10)
    assert asked(["a", "b", "a"], predict, vectors).shape == (3, 3)
    assert vectors.held_bytes == 0


def test_what_was_read_before_a_failure_is_not_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedding, "_CHUNK", 2)
    predict, vectors = Counting(), Vectors()

    def fails(model: str, version: str, payload: Payload) -> Payload:
        if predict.asked:
            raise InvalidInput("no more")
        return predict(model, version, payload)

    with pytest.raises(InvalidInput, match="no more"):
        embed_counted(["a", "b", "c"], fails, MODEL, vectors=vectors)
    assert asked(["a", "b", "c"], predict, vectors).shape == (3, 3)
    assert predict.asked == ["a", "b", "c"]


def test_no_texts_ask_nobody() -> None:
    predict = Counting()
    assert embed([], predict, MODEL).shape == (0, 0)
    assert predict.asked == []


def test_a_model_of_another_task_and_half_a_pair_are_refused() -> None:
    with pytest.raises(InvalidInput, match="embeds no texts: its task is ocr"):
        embed(["a"], Counting(), ModelSpec("x", task="ocr"))
    with pytest.raises(InvalidInput, match="half of a pair at 1"):
        embed(["a\ud800"], Counting(), MODEL)
