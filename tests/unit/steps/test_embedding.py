"""Token vectors pooled as sentence-transformers does, and made to length 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid

from tests.data.binding import bound

VECTORS = np.random.default_rng(2).normal(size=(3, 5, 4)).astype(np.float32)
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.int64)


def test_the_mean_counts_only_what_the_mask_keeps():
    got = bound("pool", tensor="v", mask="m")({"v": VECTORS, "m": MASK})["v"]
    weights = MASK[..., None].astype(np.float32)  # sentence-transformers' mean pooling
    expected = (VECTORS * weights).sum(1) / np.clip(weights.sum(1), 1e-9, None)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_the_largest_counts_only_what_the_mask_keeps():
    got = bound("pool", method="max", tensor="v", mask="m")({"v": VECTORS, "m": MASK})["v"]
    np.testing.assert_array_equal(got[0], VECTORS[0].max(axis=0))
    np.testing.assert_array_equal(got[1], VECTORS[1, :2].max(axis=0))
    np.testing.assert_array_equal(got[2], np.zeros(4))


def test_cls_is_the_first_token():
    got = bound("pool", method="cls")({"v": VECTORS})["v"]
    np.testing.assert_array_equal(got, VECTORS[:, 0])


@given(st.sampled_from(["mean", "max", "cls"]), st.integers(1, 8))
def test_padding_does_not_change_a_row(method, extra):
    padded = np.pad(VECTORS, ((0, 0), (0, extra), (0, 0)), constant_values=np.nan)
    mask = np.pad(MASK, ((0, 0), (0, extra)))
    pool = bound("pool", method=method, tensor="v", mask="m")
    np.testing.assert_array_equal(
        pool({"v": padded, "m": mask})["v"], pool({"v": VECTORS, "m": MASK})["v"]
    )


def test_vectors_of_another_rank_are_a_fault_of_the_manifest():
    with pytest.raises(ManifestInvalid, match="rows, tokens, width"):
        bound("pool")({"v": VECTORS[0]})


def test_rows_get_length_one_and_zeros_stay():
    rows = {"v": np.array([[3, 4], [0, 0], [1e30, 0]], np.float32)}
    got = bound("l2_normalize")(rows)["v"]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, [[0.6, 0.8], [0, 0], [1, 0]], atol=1e-7)


@pytest.mark.parametrize("method", ["mean", "max", "cls"])
def test_an_empty_batch_gives_an_empty_tensor(method):
    got = bound("pool", method=method)({"v": np.empty((0, 5, 4))})["v"]
    assert got.shape == (0, 4)
    assert bound("l2_normalize")({"v": np.empty((0, 4))})["v"].shape == (0, 4)
