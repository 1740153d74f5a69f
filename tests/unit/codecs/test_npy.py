"""Arrays as numpy saves them, and nothing that would be unpickled."""

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.codecs import npy
from samovar.codecs.items import read_items
from samovar.errors import MalformedBody, PayloadTooLarge, SamovarError, WrongDatatype, WrongShape
from samovar.types import Kind, Limits

DTYPES = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    hnp.unicode_string_dtypes(endianness="?", max_len=5),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


def saved(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    target = io.BytesIO()
    np.lib.format.write_array(target, array, version, allow_pickle=True)
    return target.getvalue()


@given(ARRAYS, st.sampled_from([None, (2, 0), (3, 0)]), st.booleans())
def test_an_array_comes_back_in_native_order(array, version, fortran):
    array = np.asfortranarray(array) if fortran else array
    got = npy.decode(saved(array, version), 1000)
    assert got.shape == array.shape
    assert got.dtype.isnative
    np.testing.assert_array_equal(got, array)


def test_numbers_are_a_view_of_the_body():
    array = np.arange(1000, dtype=np.float64)
    assert not npy.decode(saved(array), 1000).flags.owndata


def test_rows_of_axis_0_are_items_of_the_only_input():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    items, single = read_items(Kind.TENSORS, "application/x-npy", saved(array), Limits(), ["x"])
    assert not single
    assert [list(item) for item in items] == [["x"], ["x"]]
    np.testing.assert_array_equal([item["x"] for item in items], array)


def test_a_body_without_a_content_type_is_known_by_its_first_byte():
    assert len(read_items(Kind.TENSORS, "", saved(np.zeros(3)), Limits(), ["x"]).items) == 3


def test_byte_strings_are_read_as_utf8():
    assert npy.decode(saved(np.array(["é".encode(), b"a"])), 10).tolist() == ["é", "a"]
    with pytest.raises(MalformedBody, match="UTF-8"):
        npy.decode(saved(np.array([b"\xff"])), 10)


def with_header(text: str, data: bytes = b"") -> bytes:
    header = text.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def described(descr: str = "'<f4'", order: str = "False", shape: str = "(1,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def test_a_header_by_another_writer_is_read():
    text = '{ "shape" :(2 ,), "fortran_order":False , "descr" : "<i2" }'
    assert npy.decode(with_header(text, b"\1\0\2\0"), 10).tolist() == [1, 2]


BAD = {
    "nothing": (b"", MalformedBody),
    "no magic": (b"NUMPY" * 10, MalformedBody),
    "version 9": (b"\x93NUMPY\x09\x00\x10\x00" + b" " * 16, MalformedBody),
    "a header cut": (b"\x93NUMPY\x01\x00\xff\x00{'descr'", MalformedBody),
    "a huge header": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", MalformedBody),
    "no dict": (with_header("[]"), MalformedBody),
    "an expression": (with_header("__import__('os').getcwd()"), MalformedBody),
    "no shape": (with_header("{'descr': '<f4', 'fortran_order': False}"), MalformedBody),
    "a negative shape": (with_header(described(shape="(-1,)"), b"\0" * 4), MalformedBody),
    "a shape of names": (with_header(described(shape="(a,)"), b"\0" * 4), MalformedBody),
    "a shape of digits": (with_header(described(shape="(" + "9" * 5000 + ",)")), MalformedBody),
    "a shape of commas": (with_header(described(shape="(" + "1," * 40 + ")")), MalformedBody),
    "spaces within a number": (with_header(described(shape="(1 1,)"), b"\0" * 4), MalformedBody),
    "fewer bytes": (with_header(described(shape="(3,)"), b"\0" * 8), MalformedBody),
    "more bytes": (with_header(described(), b"\0" * 8), MalformedBody),
    "an overflowing shape": (
        with_header(described(shape=f"({2**32}, {2**32})"), b"\0" * 8),
        PayloadTooLarge,
    ),
    "too many elements": (with_header(described(shape="(1001,)"), b"\0" * 4004), PayloadTooLarge),
    "objects": (saved(np.array([{"a": 1}], dtype=object)), WrongDatatype),
    "a structure": (saved(np.zeros(1, [("a", "<f4")])), WrongDatatype),
    "times": (saved(np.zeros(1, "datetime64[s]")), WrongDatatype),
    "complex": (saved(np.zeros(1, np.complex64)), WrongDatatype),
    "long doubles": (saved(np.zeros(1, np.longdouble)), WrongDatatype),
    "void": (saved(np.zeros(1, "V4")), WrongDatatype),
    "strings of no width": (with_header(described("'<U0'")), WrongDatatype),
    "characters beyond Unicode": (
        with_header(described("'<U1'"), b"\xff\xff\xff\x7f"),
        MalformedBody,
    ),
    "half a surrogate": (with_header(described("'>U1'"), b"\0\0\xd8\0"), MalformedBody),
}


@pytest.mark.parametrize("name", BAD)
def test_an_array_that_is_wrong_is_refused(name):
    body, error = BAD[name]
    with pytest.raises(error):
        npy.decode(body, 1000)


def test_a_model_of_two_inputs_and_an_array_without_rows_are_told_what_to_send():
    with pytest.raises(WrongShape, match=r"a, b.*application/json"):
        read_items(Kind.TENSORS, "application/x-npy", saved(np.zeros(2)), Limits(), ["a", "b"])
    with pytest.raises(WrongShape, match="no axis for rows"):
        read_items(Kind.TENSORS, "application/x-npy", saved(np.float32(1)), Limits(), ["a"])


def test_rows_of_no_elements_are_rows_too():
    body = with_header(described(shape=f"({10**9}, 0)"))
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge, match="rows"):
        read_items(Kind.TENSORS, "application/x-npy", body, Limits(), ["x"])
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@given(st.data())
def test_a_file_with_bytes_changed_is_refused_or_read_and_nothing_else(data):
    body = bytearray(saved(np.arange(6, dtype="<i4").reshape(2, 3)))
    changes = st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255))
    for at, changed in data.draw(st.lists(changes, min_size=1, max_size=6)):
        body[at] = changed
    try:
        got = npy.decode(bytes(body), 1000)
    except SamovarError:
        return
    assert got.size <= 1000
