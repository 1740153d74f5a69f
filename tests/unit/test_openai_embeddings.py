"""OpenAI's embeddings over predict: what is taken, what is refused, and how vectors are cut."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import InvalidInput
from samovar.openai.embeddings import MAX_INPUTS, ask_embeddings, shortened, width_of
from samovar.types import ModelSpec, Signature, TensorSpec

NARROW = {"1": Signature((), (TensorSpec("v", "FP32", (-1, 4)),))}
SPEC = ModelSpec("embed", task="text-embedding", signatures=NARROW)
VECTORS = [[0.5, 0.5, 0.5, 0.5], [0.1, -0.2, 0.3, 0.9]]


def asked(**body: Any) -> Any:
    return ask_embeddings({"model": "embed", "input": "x", **body}, SPEC)


def answered(tokens: int | None = None, **body: Any) -> Any:
    more = {} if tokens is None else {"tokens": tokens}
    document = {"predictions": [{"embedding": vector, **more} for vector in VECTORS]}
    return asked(**body)[1](document)


def test_vectors_go_as_the_model_gave_them() -> None:
    said = answered()
    assert [one["embedding"] for one in said["data"]] == VECTORS
    assert [one["index"] for one in said["data"]] == [0, 1]
    assert "usage" not in said


def test_tokens_are_counted_where_the_model_counts_them() -> None:
    assert answered(3)["usage"] == {"prompt_tokens": 6, "total_tokens": 6}


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_fewer_dimensions_are_the_first_ones_at_length_one(encoding: str) -> None:
    said = answered(encoding_format=encoding, dimensions=2)
    found = [one["embedding"] for one in said["data"]]
    if encoding == "base64":
        found = [np.frombuffer(base64.b64decode(one), "<f4").tolist() for one in found]
    np.testing.assert_allclose(found[0], [0.5**0.5, 0.5**0.5], rtol=1e-6)
    np.testing.assert_allclose(found[1], np.array([0.1, -0.2]) / 0.05**0.5, rtol=1e-6)


def test_all_dimensions_and_none_are_the_models_own_numbers() -> None:
    plain = answered(encoding_format="base64")
    assert answered(encoding_format="base64", dimensions=4) == plain
    assert answered(encoding_format="base64", dimensions=None) == plain
    assert answered(encoding_format=None, user="me") == answered()


@given(st.integers(1, 8), st.lists(st.integers(-1000, 1000), min_size=8, max_size=8))
def test_what_is_cut_keeps_its_direction(dimensions: int, numbers: list[int]) -> None:
    row = np.array([numbers], np.float32) / 1000
    row /= max(float(np.linalg.norm(row)), 1e-9)
    found = shortened(row, dimensions)
    assert found.shape == (1, dimensions)
    length = float(np.linalg.norm(found))
    assert length == pytest.approx(1, abs=1e-5) or not np.any(row[:, :dimensions])
    np.testing.assert_allclose(
        found * np.linalg.norm(row[:, :dimensions]), row[:, :dimensions], atol=1e-5
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"dimensions": 5}, "'dimensions' is 5: this model's vectors have 4"),
        ({"dimensions": True}, "whole number"),
        ({"dimensions": 2.0}, "whole number"),
        ({"dimensions": "2"}, "whole number"),
        ({"input": [1, 2, 3]}, "token ids"),
        ({"input": [[1, 2], [3]]}, "check_embedding_ctx_length=False"),
        ({"input": ["a", 1]}, "a text, or a list of texts"),
        ({"input": [True]}, "a text, or a list of texts"),
        ({"input": None}, "a text, or a list of texts"),
        ({"input": [""] * (MAX_INPUTS + 1)}, "2049 texts: 2048 are taken at once"),
        ({"input": "half \ud800"}, "no UTF-8"),
        ({"encoding_format": "hex"}, "float, base64"),
        ({"inputs": "x"}, "unknown field 'inputs'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(body: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words.replace("(", r"\(")):
        asked(**body)


def test_as_many_texts_as_openai_takes_are_taken() -> None:
    payload, _ = asked(input=["x"] * MAX_INPUTS)
    assert len(json.loads(payload.body)["rows"]) == MAX_INPUTS


def test_the_width_is_that_of_the_newest_version_where_one_is_known() -> None:
    assert width_of(SPEC) == 4
    assert width_of(ModelSpec("x")) == 0
    wide = {"9": Signature((), (TensorSpec("v", "FP32", (-1, -1)),)), **NARROW}
    assert width_of(ModelSpec("x", signatures=wide)) == 0
