"""Tensors in JSON and in bytes: what goes in comes out, and what does not fit is refused."""

import tracemalloc
from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import (
    MalformedBody,
    SamovarError,
    WrongDatatype,
    WrongShape,
)
from samovar.tensor_bytes import from_binary, to_binary
from samovar.tensors import from_json, to_json
from samovar.types import DTYPES

INTEGERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
FLOATS = ("FP32", "FP64")
IN_JSON = (*INTEGERS, *FLOATS, "BOOL", "BYTES")
SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def values(datatype: str) -> st.SearchStrategy[Any]:
    """Any value that JSON has for the datatype, exactly."""
    if datatype == "BOOL":
        return st.booleans()
    if datatype == "BYTES":
        return st.text(max_size=8)
    if datatype in FLOATS:
        finite = st.floats(
            allow_nan=False, allow_infinity=False, width=32 if datatype == "FP32" else 64
        )
        return finite | st.none()
    limits = np.iinfo(DTYPES[datatype])
    return st.integers(int(limits.min), int(limits.max))


def nested(flat: Sequence[Any], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    size = prod(shape[1:])
    return [nested(flat[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]


@st.composite
def tensors(draw: st.DrawFn, kinds: Sequence[str] = IN_JSON) -> tuple[str, tuple, list]:
    datatype, shape = draw(st.sampled_from(kinds)), draw(SHAPES)
    count = prod(shape)
    return datatype, shape, draw(st.lists(values(datatype), min_size=count, max_size=count))


def through_json(data: Any) -> Any:
    return orjson.loads(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY))


@given(tensors())
def test_json_comes_back_as_it_went(tensor: tuple[str, tuple, list]) -> None:
    datatype, shape, flat = tensor
    array = from_json("x", datatype, shape, through_json(flat))
    assert (array.shape, array.dtype) == (shape, DTYPES[datatype])
    back = from_json("x", datatype, shape, through_json(to_json("x", array)))
    np.testing.assert_array_equal(back, array)
    if datatype != "FP32":  # which is written with the digits that it has, fewer than a double's
        assert through_json(to_json("x", array)) == flat


@given(tensors())
def test_nested_data_is_the_same_as_flat(tensor: tuple[str, tuple, list]) -> None:
    datatype, shape, flat = tensor
    if not shape:
        return
    one = from_json("x", datatype, shape, flat)
    other = from_json("x", datatype, shape, nested(flat, shape))
    assert one.shape == other.shape
    np.testing.assert_array_equal(one, other)


@given(tensors(), st.integers(0, 7))
def test_bytes_come_back_as_they_went_at_any_alignment(
    tensor: tuple[str, tuple, list], offset: int
) -> None:
    datatype, shape, flat = tensor
    array = from_json("x", datatype, shape, flat)
    raw = to_binary(array)
    body = memoryview(bytes(offset) + raw)[offset:]
    back = from_binary("x", datatype, shape, body)
    assert back.shape == shape
    assert to_binary(back) == raw
    if datatype != "BYTES":
        np.testing.assert_array_equal(back, array)
        assert back.flags.aligned


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
@given(raw=st.binary(max_size=40).filter(lambda b: len(b) % 2 == 0))
def test_half_floats_travel_as_their_bits(datatype: str, raw: bytes) -> None:
    array = from_binary("x", datatype, (len(raw) // 2,), memoryview(raw))
    assert to_binary(array) == raw
    with pytest.raises(WrongDatatype, match="binary"):
        from_json("x", datatype, (1,), [1.0])


@given(st.lists(st.binary(max_size=9), max_size=6))
def test_bytes_elements_need_not_be_text_in_binary(items: list[bytes]) -> None:
    raw = b"".join(len(item).to_bytes(4, "little") + item for item in items)
    array = from_binary("x", "BYTES", (len(items),), memoryview(raw))
    assert array.tolist() == items
    assert to_binary(array) == raw


@pytest.mark.parametrize("datatype", INTEGERS)
def test_the_extremes_of_integers_are_exact_alone_and_together(datatype: str) -> None:
    limits = np.iinfo(DTYPES[datatype])
    low, high = int(limits.min), int(limits.max)
    for data in ([low], [high], [low, high], [high, 0, low], [high - 1, 1, high]):
        array = from_json("x", datatype, (len(data),), through_json(data))
        assert array.tolist() == data
        assert through_json(to_json("x", array)) == data


@pytest.mark.parametrize("datatype", INTEGERS)
def test_one_beyond_an_integers_range_is_refused(datatype: str) -> None:
    limits = np.iinfo(DTYPES[datatype])
    for beyond in (int(limits.min) - 1, int(limits.max) + 1):
        for data in ([beyond], [0, beyond], [[0], [beyond]]):
            with pytest.raises(WrongDatatype, match="'x'"):
                from_json("x", datatype, np.shape(data), data)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 2**62 + 1])
def test_integers_beyond_a_doubles_precision_keep_their_digits(value: int) -> None:
    for data in ([value], [value, 1], [1, value, 2**63 - 1]):
        assert from_json("x", "INT64", (len(data),), data).tolist() == data


REFUSED = {
    "INT64": [[1.0], [1.5], [1, 2.5], [True], [1, True], ["1"], [1, "1"], [None], [1, None], [{}]],
    "UINT8": [[-1], [256], [1.0]],
    "INT8": [[1e300], [-129]],
    "FP32": [["1.5"], [1.5, "nan"], [True], [1, False], [{}], [1e39], [0.0, -1e39]],
    "FP64": [["inf"], [False]],
    "BOOL": [[2], [-1], [1.0], [None], ["true"]],
    "BYTES": [[1], [None], ["a", 1], [{"a": 1}], [True]],
}


@pytest.mark.parametrize(
    ("datatype", "data"),
    [(kind, data) for kind, cases in REFUSED.items() for data in cases],
    ids=str,
)
def test_a_value_that_a_datatype_cannot_hold_is_refused_by_name(datatype: str, data: list) -> None:
    with pytest.raises(WrongDatatype, match="'x'") as caught:
        from_json("x", datatype, (len(data),), data)
    assert datatype in caught.value.message


def test_null_is_nan_and_nan_is_null() -> None:
    array = from_json("x", "FP32", (3,), [None, 1, 2.5])
    np.testing.assert_array_equal(array, np.float32([np.nan, 1, 2.5]))
    assert through_json(to_json("x", np.float32([np.nan, np.inf, -np.inf, 1]))) == [None] * 3 + [
        1.0
    ]


def test_zero_and_one_are_booleans_as_some_clients_write_them() -> None:
    assert from_json("x", "BOOL", (4,), [0, 1, True, False]).tolist() == [False, True, True, False]


def test_whole_numbers_are_floats_too() -> None:
    assert from_json("x", "FP32", (2,), [1, 2**40]).tolist() == [1.0, 2.0**40]


UNEVEN = [
    [[1], [1, 2]], [[1], 2], [1, [2]], [[[1]], [2]], [[1, 2], []], [[], 1], [[[1]], [[1, 2]]],
]  # fmt: skip


@pytest.mark.parametrize("data", UNEVEN, ids=str)
@pytest.mark.parametrize("datatype", ["INT64", "FP32", "BOOL"])
def test_uneven_lists_are_refused(datatype: str, data: list) -> None:
    with pytest.raises(WrongShape, match=r"'x'.*unevenly"):
        from_json("x", datatype, (2,), data)


def test_uneven_lists_of_texts_are_refused() -> None:
    for data in (["ab", ["c"]], [["ab"], "cd"], [["a"], ["b", "c"]]):
        with pytest.raises(WrongShape, match="unevenly"):
            from_json("x", "BYTES", (2,), data)


def test_data_nested_without_end_is_refused() -> None:
    data: Any = 1
    for _ in range(200):
        data = [data]
    with pytest.raises(WrongShape):
        from_json("x", "FP32", (1,), data)


@pytest.mark.parametrize("datatype", IN_JSON)
def test_a_tensor_without_elements_keeps_its_shape(datatype: str) -> None:
    for shape, data in (((0,), []), ((0, 3), []), ((2, 0), [[], []]), ((3, 0, 2), [])):
        array = from_json("x", datatype, shape, data)
        assert (array.shape, array.dtype) == (shape, DTYPES[datatype])
        assert from_binary("x", datatype, shape, memoryview(b"")).shape == shape


def test_one_long_text_among_numbers_takes_no_more_room_than_its_own() -> None:
    # An array of fixed-width texts would take 100,000 characters for each of 20,000 values.
    for data in (["x" * 100_000] + [1] * 20_000, [[1, "x" * 100_000]] + [[1, 2]] * 10_000):
        for datatype in ("FP32", "INT64", "BOOL"):
            assert _peak(datatype, data) < 3_000_000


def _peak(datatype: str, data: list) -> int:
    tracemalloc.start()
    try:
        with pytest.raises((WrongDatatype, WrongShape)):
            from_json("x", datatype, (len(data),), data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("raw", [b"\5\0\0\0abcd", b"\xff\xff\xff\xffabcd", b"\0\0\0\0\1\0"])
def test_an_element_that_runs_past_its_tensor_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedBody, match="'x'"):
        from_binary("x", "BYTES", (1,), memoryview(raw))


def test_a_boolean_in_bytes_is_0_or_1() -> None:
    assert from_binary("x", "BOOL", (2,), memoryview(b"\0\1")).tolist() == [False, True]
    with pytest.raises(WrongDatatype, match="'x'"):
        from_binary("x", "BOOL", (2,), memoryview(b"\0\2"))


@given(st.sampled_from(sorted(DTYPES)), SHAPES, st.binary(max_size=60))
def test_any_bytes_for_any_shape_are_read_or_refused(
    datatype: str, shape: tuple[int, ...], raw: bytes
) -> None:
    with suppress(SamovarError):
        assert from_binary("x", datatype, shape, memoryview(raw)).shape == shape


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(DTYPES)), SHAPES, JSON)
def test_any_json_for_any_shape_is_read_or_refused(
    datatype: str, shape: tuple[int, ...], data: Any
) -> None:
    with suppress(SamovarError):
        array = from_json("x", datatype, shape, data)
        assert (array.shape, array.dtype) == (shape, DTYPES[datatype])


def test_output_that_is_no_text_asks_for_binary() -> None:
    with pytest.raises(WrongDatatype, match=r"'y'.*binary_data"):
        to_json("y", np.array([b"\xff"], object))
    assert to_json("y", np.array([b"\xc3\xa4", "b"], object)) == ["ä", "b"]


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_memory_order_of_an_output_does_not_show(order: Any) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3), order=order)
    assert through_json(to_json("y", array)) == [0, 1, 2, 3, 4, 5]
    assert to_binary(array) == np.arange(6).tobytes()
    assert through_json(to_json("y", np.arange(6)[::2])) == [0, 2, 4]
