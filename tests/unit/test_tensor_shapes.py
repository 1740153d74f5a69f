"""Shapes that clients say, and rows of values: what fits, and what is refused."""

from typing import Any

import numpy as np
import pytest
from samovar.errors import (
    MissingTensor,
    PayloadTooLarge,
    SamovarError,
    WrongDatatype,
    WrongShape,
)
from samovar.tensor_bytes import from_binary
from samovar.tensors import check_spec, element_count, from_json, from_rows
from samovar.types import DTYPES, TensorSpec


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ((2,), [1]),
        ((2,), []),
        ((0,), [1]),
        ((2, 2), [[1, 2, 3, 4]]),
        ((4,), [[1, 2], [3, 4]]),
        ((2, 3), [[1, 2], [3, 4], [5, 6]]),
        ((), [1, 2]),
        ((1,), 1),
        ((1,), "1"),
        ((1,), None),
        ((1,), {"0": 1}),
    ],
    ids=str,
)
def test_data_that_does_not_fill_its_shape_is_refused(shape: tuple, data: Any) -> None:
    with pytest.raises(WrongShape, match="'x'"):
        from_json("x", "INT64", shape, data)


@pytest.mark.parametrize("shape", [[-1], [1.0], ["1"], [None], [True], [[1]], [2, -3], [{}]])
def test_a_shape_holds_whole_numbers_of_0_or_more(shape: list) -> None:
    with pytest.raises(WrongShape, match="'x'"):
        element_count("x", shape, 100)


@pytest.mark.parametrize("shape", [[101], [11, 10], [2**31, 2**31], [2**63] * 20, [10**18, 10**18]])
def test_a_shape_over_the_limit_is_too_large(shape: list[int]) -> None:
    with pytest.raises(PayloadTooLarge, match=r"'x'.*over 100 elements"):
        element_count("x", shape, 100)


def test_a_shape_of_no_elements_is_not_too_large_whatever_its_other_sizes() -> None:
    assert element_count("x", [0, 2**62], 100) == 0


def test_a_shape_of_many_sizes_is_refused_before_they_are_multiplied() -> None:
    # The product of a hundred thousand large numbers would take minutes.
    with pytest.raises(WrongShape, match="100000 dimensions") as caught:
        element_count("x", [2**62] * 100_000, 100)
    assert len(caught.value.message) < 200


def test_messages_hold_no_more_than_a_line_of_a_clients_shape() -> None:
    spec = TensorSpec("x", "FP32", (-1, 3))
    for shape in ([10**17] * 32, [2**62] * 32):
        with pytest.raises(SamovarError) as caught:
            element_count("x", shape, 1)
        assert len(caught.value.message) < 250
        with pytest.raises(WrongShape) as caught:
            check_spec(spec, "FP32", shape)
        assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    ("datatype", "shape", "fits"),
    [
        ("FP32", (2, 3), True),
        ("FP32", (0, 3), True),
        ("FP64", (2, 3), False),
        ("FP32", (2, 4), False),
        ("FP32", (3,), False),
        ("FP32", (1, 2, 3), False),
        ("FP32", (), False),
    ],
)
def test_a_tensor_must_be_what_the_model_takes(
    datatype: str, shape: tuple[int, ...], fits: bool
) -> None:
    spec = TensorSpec("x", "FP32", (-1, 3))
    if fits:
        check_spec(spec, datatype, shape)
    else:
        with pytest.raises((WrongDatatype, WrongShape), match="'x'"):
            check_spec(spec, datatype, shape)


@pytest.mark.parametrize(
    ("datatype", "shape", "raw"),
    [
        ("FP32", (2,), b"\0" * 7),
        ("FP32", (2,), b"\0" * 9),
        ("FP32", (0,), b"\0"),
        ("INT64", (2**60,), b""),
        ("BYTES", (2,), b"\0" * 4),
        ("BYTES", (1,), b"\0" * 8),
        ("BYTES", (0,), b"\0" * 4),
        ("BYTES", (2**40,), b"\0" * 8),
    ],
)
def test_bytes_that_do_not_fill_a_shape_are_refused(
    datatype: str, shape: tuple[int, ...], raw: bytes
) -> None:
    with pytest.raises(WrongShape, match="'x'"):
        from_binary("x", datatype, shape, memoryview(raw))


@pytest.mark.parametrize(
    ("spec", "rows", "expected"),
    [
        (TensorSpec("x", "FP32", (-1, 2)), [[1, 2], [3, None]], [[1, 2], [3, np.nan]]),
        (TensorSpec("x", "FP32", (-1, 1)), [1, 2.5], [[1], [2.5]]),
        (TensorSpec("x", "INT64", (-1,)), [1, 2**62], [1, 2**62]),
        (TensorSpec("x", "BYTES", (-1, 1)), ["a", "b"], [["a"], ["b"]]),
        (TensorSpec("x", "BOOL", (-1,)), [True, False], [True, False]),
        (TensorSpec("x", "FP32", (-1, 2)), [np.float64([1, 2])], [[1, 2]]),
        (TensorSpec("x", "INT64", (-1,)), list(np.int32([4, 5])), [4, 5]),
    ],
)
def test_rows_of_values_become_one_tensor(spec: TensorSpec, rows: list, expected: list) -> None:
    array = from_rows(spec, [{"x": row, "other": 0} for row in rows])
    assert array.dtype == DTYPES[spec.datatype]
    np.testing.assert_array_equal(array, np.array(expected, array.dtype))


def test_no_rows_are_an_empty_tensor() -> None:
    array = from_rows(TensorSpec("x", "FP32", (-1, 2, -1)), [])
    assert (array.shape, array.dtype) == ((0, 2, 0), np.float32)


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ([{"x": [1, 2]}, {}], MissingTensor, "row 1 lacks input 'x'"),
        ([{"x": [1, 2]}, {"x": [1]}], WrongShape, "'x'.*unevenly"),
        ([{"x": [1, 2, 3]}], WrongShape, "'x' takes shape"),
        ([{"x": 1}], WrongShape, "'x' takes shape"),
        ([{"x": ["a", "b"]}], WrongDatatype, "'x'"),
        ([{"x": {"a": 1}}], WrongDatatype, "'x'"),
        ([{"x": [1e39, 0]}], WrongDatatype, "'x'"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_name(
    rows: list, error: type[SamovarError], said: str
) -> None:
    with pytest.raises(error, match=said):
        from_rows(TensorSpec("x", "FP32", (-1, 2)), rows)
