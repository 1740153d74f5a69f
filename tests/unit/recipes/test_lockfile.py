"""model.lock is TOML that says what it was given."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recipes.lockfile import file_digests, read_lock, write_lock

KEYS = st.text(min_size=1, max_size=12).filter(lambda key: "\x7f" not in key)
PLAIN = (
    st.text(max_size=20).filter(lambda text: "\x7f" not in text)
    | st.integers(-(2**62), 2**62)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = PLAIN | st.lists(PLAIN, max_size=4) | st.lists(st.lists(st.integers(0, 99)), max_size=3)
TABLES = st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=3), max_size=4)


@given(lock=st.dictionaries(KEYS, TABLES, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory, lock):
    path = tmp_path_factory.mktemp("lock") / "model.lock"
    write_lock(path, lock)
    assert read_lock(path) == lock


def test_numpys_scalars_and_tables_in_lists_are_written_as_tomls_own(tmp_path):
    tensor = {"name": "x", "datatype": "FP32", "shape": [-1, 3]}
    write_lock(
        tmp_path / "l", {"signature": {"1": {"inputs": [tensor]}}, "m": {"a": np.float64(0.5)}}
    )
    assert read_lock(tmp_path / "l") == {"signature": {"1": {"inputs": [tensor]}}, "m": {"a": 0.5}}


def test_files_are_listed_by_version_and_name_with_their_sha256(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "labels.txt").write_bytes(b"abc")
    assert file_digests(tmp_path) == {
        "1/labels.txt": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
