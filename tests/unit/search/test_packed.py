"""Vectors in fewer bytes: how far a cosine may move, and that files come back as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.embedding import unit
from samovar.errors import CollectionCorrupt
from samovar.search.collection import Collection, Document, from_bytes, to_bytes
from samovar.search.packed import PRECISIONS, cosines, pack, unpack

MOST = {"float32": 1e-6, "float16": 1e-3, "int8": 1e-2}


def some(rows: int, width: int, seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32))


@given(st.sampled_from(sorted(PRECISIONS)), st.integers(0, 1100), st.integers(1, 64))
def test_a_cosine_moves_no_further_than_is_said(precision: str, rows: int, width: int) -> None:
    vectors, query = some(rows, width, rows), some(1, width, 7)[0]
    packed = pack(vectors, precision)
    np.testing.assert_allclose(cosines(packed, query), vectors @ query, atol=MOST[precision])
    np.testing.assert_allclose(unpack(packed), vectors, atol=MOST[precision])
    assert packed.rows.nbytes == rows * width * PRECISIONS[precision].itemsize


def test_zeros_are_near_nothing() -> None:
    for precision in PRECISIONS:
        packed = pack(np.zeros((2, 4), np.float32), precision)
        assert cosines(packed, some(1, 4, 0)[0]).tolist() == [0, 0]


def collection(precision: str) -> Collection:
    documents = (
        Document("a", "tea ☕", {"year": 1900, "tags": ["hot"], "is": True}),
        Document("b", "", {}),
    )
    owners = np.array([0, 0, 1], np.int32)
    return Collection("m", "ab", precision, documents, pack(some(3, 8, 1), precision), owners)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_file_gives_the_collection_that_made_it(precision: str) -> None:
    made = collection(precision)
    body = to_bytes(made)
    found = from_bytes("x", body)
    assert to_bytes(found) == body
    assert (found.documents, found.model, found.digest) == (made.documents, "m", "ab")
    np.testing.assert_array_equal(found.packed.rows, made.packed.rows)
    np.testing.assert_array_equal(found.owners, made.owners)


@given(st.data())
def test_no_other_bytes_give_a_collection(data: st.DataObject) -> None:
    body = bytearray(to_bytes(collection("float16")))
    at = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        body[at] ^= data.draw(st.integers(1, 255))
    else:
        body = body[:at]
    with pytest.raises(CollectionCorrupt, match="'x' is not as it was written"):
        from_bytes("x", bytes(body))
