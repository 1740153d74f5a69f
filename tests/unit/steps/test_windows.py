"""`byte_windows` gives what magika's feature extraction gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.binding import bound

CONTENTS = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b" ", b"\n", b"a", b"\x00"]), max_size=60).map(b"".join),
)


def magika_row(content: bytes, beginning: int, end: int, block: int) -> list[int]:
    """magika 1.0's _extract_features_from_seekable, with padding 256."""
    count = min(block, len(content))
    head = list(content[:count].lstrip()[:beginning])
    head += [256] * (beginning - len(head))
    stripped = content[len(content) - count :].rstrip()
    tail = list(stripped[-end:]) if end else []
    return head + [256] * (end - len(tail)) + tail


@given(CONTENTS, st.integers(0, 12), st.integers(0, 12))
def test_a_files_windows_equal_magikas(content, beginning, end):
    step = bound("byte_windows", beginning=beginning, end=end, block_size=16)
    got = step([content])["bytes"][0].tolist()
    expected = magika_row(content, beginning, end, 16)
    if content and not content[:16].strip() and beginning:
        expected[0] = content[0]  # so that a file of whitespace does not look empty
    assert got == expected


def test_whitespace_stays_where_it_is_without_strip():
    step = bound("byte_windows", beginning=2, end=2, strip=False)
    assert step([b"  x  "])["bytes"].tolist() == [[32, 32, 32, 32]]


@pytest.mark.parametrize("datatype", ["INT32", "INT64", "UINT16", "FP32"])
def test_an_empty_batch_and_an_empty_file_keep_the_width(datatype):
    step = bound("byte_windows", name="b", beginning=3, end=2, datatype=datatype)
    assert step([])["b"].shape == (0, 5)
    assert step([b""])["b"].tolist() == [[256] * 5]


def test_a_batch_is_its_files_one_by_one():
    step = bound("byte_windows", beginning=4, end=4)
    files = [b"", b"abc", b"a longer file"]
    together = step(files)["bytes"]
    np.testing.assert_array_equal(together, np.concatenate([step([f])["bytes"] for f in files]))
