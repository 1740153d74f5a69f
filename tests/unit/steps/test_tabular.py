"""Rows and columns prepared as scikit-learn prepares them, on its own data."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid, MissingTensor, UnknownTensor, WrongDatatype
from sklearn.datasets import load_diabetes, load_wine
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from tests.data.binding import bound

WINE = load_wine()
NAMES = list(WINE.feature_names)
ROWS = [dict(zip(NAMES, map(float, row), strict=True)) for row in WINE.data]


def as_rows(table: np.ndarray, names: list[str]) -> list[dict]:
    return [
        {n: None if math.isnan(v) else v for n, v in zip(names, row, strict=True)}
        for row in table.tolist()
    ]


def test_columns_come_in_the_order_of_the_manifest_whatever_the_order_of_the_row():
    step = bound("columns", tensors=[{"name": "x", "columns": NAMES, "datatype": "FP64"}])
    backwards = [dict(reversed(row.items())) for row in ROWS]
    np.testing.assert_array_equal(step(backwards)["x"], WINE.data)


def test_impute_then_columns_equals_simple_imputer():
    table = load_diabetes().data.copy()
    table[np.random.default_rng(0).random(table.shape) < 0.2] = np.nan
    names = list(load_diabetes().feature_names)
    imputer = SimpleImputer(strategy="mean").fit(table)
    fill = bound("impute", values=dict(zip(names, imputer.statistics_.tolist(), strict=True)))
    columns = bound("columns", tensors=[{"name": "x", "columns": names, "datatype": "FP64"}])
    np.testing.assert_array_equal(
        columns(fill(as_rows(table, names)))["x"], imputer.transform(table)
    )


def test_scale_equals_standard_scaler_within_float32():
    scaler = StandardScaler().fit(WINE.data)
    step = bound("scale", mean=scaler.mean_.tolist(), std=scaler.scale_.tolist())
    got = step({"x": WINE.data})["x"]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, scaler.transform(WINE.data), atol=1e-6)


def test_a_scale_of_other_width_than_the_tensor_is_a_fault_of_the_manifest():
    with pytest.raises(ManifestInvalid, match="2 values"):
        bound("scale", mean=[0.0, 0.0], std=1.0)({"x": np.zeros((1, 3))})


COLOURS, SIZES = ["blue", "green", "red"], ["l", "m", "s"]


@given(st.lists(st.tuples(st.sampled_from(COLOURS), st.sampled_from(SIZES)), min_size=1))
def test_category_map_and_one_hot_equal_scikit_learns_encoders(values):
    rows = [{"colour": colour, "size": size} for colour, size in values]
    table = np.array(values, dtype=object)
    codes = bound("category_map", columns={"colour": COLOURS, "size": SIZES})(rows)
    tensors = bound(
        "columns", tensors=[{"name": "c", "columns": ["colour", "size"], "datatype": "INT64"}]
    )(codes)
    ordinal = OrdinalEncoder(categories=[COLOURS, SIZES]).fit(table)
    np.testing.assert_array_equal(tensors["c"], ordinal.transform(table))
    encoder = OneHotEncoder(categories=[COLOURS, SIZES], sparse_output=False).fit(table)
    encoded = bound("one_hot", categories=[3, 3])(tensors)["c"]
    np.testing.assert_array_equal(encoded, encoder.transform(table))


def test_an_unknown_category_is_refused_by_column_and_row():
    with pytest.raises(WrongDatatype, match=r"column 'c', row 1: 'pink' is none of 'blue'"):
        bound("category_map", columns={"c": COLOURS})([{"c": "red"}, {"c": "pink"}])


@pytest.mark.parametrize("value", ["pink", None, 7, 1.5, True, [], {}])
def test_an_unknown_category_becomes_the_value_of_the_manifest(value):
    step = bound("category_map", columns={"c": ["blue", 1]}, unknown="value", value=9)
    assert step([{"c": value}]) == [{"c": 9}]


def test_a_category_that_is_a_number_is_matched_by_value():
    step = bound("category_map", columns={"c": [10, 1]})
    assert step([{"c": 1.0}, {"c": 10}]) == [{"c": 1}, {"c": 0}]


def test_a_row_without_a_category_column_is_refused():
    with pytest.raises(MissingTensor, match="row 0 lacks column 'c'"):
        bound("category_map", columns={"c": ["a"]})([{}])


@pytest.mark.parametrize("row", [{}, {"a": None}, {"a": math.nan}])
def test_impute_fills_what_is_absent_null_or_nan(row):
    assert bound("impute", values={"a": 2.5})([row | {"b": 1}]) == [{"a": 2.5, "b": 1}]


@pytest.mark.parametrize("row", [{"a": 0}, {"a": ""}, {"a": False}])
def test_impute_leaves_what_is_there(row):
    assert bound("impute", values={"a": 2.5})([row]) == [row]


def test_impute_leaves_the_gaps_of_columns_that_it_is_not_told_of():
    assert bound("impute", values={"a": 1})([{"b": None}]) == [{"a": 1, "b": None}]


def test_a_missing_column_is_named():
    step = bound("columns", tensors=[{"name": "x", "columns": ["age", "income"]}])
    with pytest.raises(MissingTensor, match=r"row 1 lacks column 'income'.*age, income"):
        step([{"age": 1, "income": 2}, {"age": 1}])


def test_an_unknown_column_is_named_with_the_known_ones():
    step = bound("columns", tensors=[{"name": "x", "columns": ["age"]}])
    with pytest.raises(UnknownTensor, match=r"unknown column 'agee'.*age"):
        step([{"age": 1, "agee": 2}])
    ignoring = bound("columns", tensors=[{"name": "x", "columns": ["age"]}], extra="ignore")
    assert ignoring([{"age": 1, "agee": 2}])["x"].tolist() == [[1]]


WRONG = [
    ("FP32", "1.5"),
    ("FP32", None),
    ("FP32", True),
    ("FP32", [1]),
    ("FP32", 1e300),
    ("INT64", 1.5),
    ("INT64", 2**63),
    ("INT64", -(2**63) - 1),
    ("INT64", 1e30),
    ("INT64", math.nan),
    ("INT64", math.inf),
    ("INT32", 2**31),
    ("INT64", None),
    ("INT64", False),
    ("BOOL", 1),
    ("BOOL", "true"),
    ("BYTES", 1.0),
    ("BYTES", None),
    ("BYTES", {"a": 1}),
]


@pytest.mark.parametrize(("datatype", "value"), WRONG)
def test_a_value_that_the_datatype_cannot_hold_is_refused_by_column_and_row(datatype, value):
    step = bound("columns", tensors=[{"name": "x", "columns": ["a"], "datatype": datatype}])
    good = {"BOOL": True, "BYTES": "x"}.get(datatype, 1)
    with pytest.raises(WrongDatatype, match="column 'a', row 1"):
        step([{"a": good}, {"a": value}])


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_pass_into_int64_without_losing_a_digit(values):
    step = bound("columns", tensors=[{"name": "x", "columns": ["a"], "datatype": "INT64"}])
    got = step([{"a": value} for value in values])["x"]
    assert got.shape == (len(values), 1)
    assert got.ravel().tolist() == values


def test_null_is_nan_where_the_manifest_says_so():
    step = bound("columns", tensors=[{"name": "x", "columns": ["a", "b"]}], missing="nan")
    np.testing.assert_array_equal(step([{"a": None, "b": 1}])["x"], [[np.nan, 1]])


def test_an_empty_batch_gives_empty_tensors_of_each_width():
    tensors = bound(
        "columns",
        tensors=[
            {"name": "n", "columns": ["a", "b"]},
            {"name": "s", "columns": ["c"], "datatype": "BYTES"},
        ],
    )([])
    assert tensors["n"].shape == (0, 2)
    assert tensors["s"].shape == (0, 1)
    assert bound("impute", values={"a": 1})([]) == []
    assert bound("category_map", columns={"a": ["b"]})([]) == []
    assert bound("one_hot", categories=[2, 3])({"x": np.empty((0, 2))})["x"].shape == (0, 5)
    assert bound("scale", mean=[0.0, 0.0], std=1.0)({"x": np.empty((0, 2))})["x"].shape == (0, 2)


def test_an_unknown_code_is_zeros_or_refused_by_column_and_row():
    codes = {"x": np.array([[0, 1], [2, -1]])}
    assert bound("one_hot", categories=[2, 2], unknown="zeros")(codes)["x"].tolist() == [
        [1, 0, 0, 1],
        [0, 0, 0, 0],
    ]
    with pytest.raises(WrongDatatype, match="column 0, row 1"):
        bound("one_hot", categories=[2, 2])(codes)


@pytest.mark.parametrize("code", [0.5, math.nan, math.inf])
def test_a_code_that_is_no_whole_number_is_unknown(code):
    step = bound("one_hot", categories=[2], unknown="zeros")
    assert step({"x": np.array([[code]])})["x"].tolist() == [[0, 0]]


def test_concat_joins_columns_in_the_order_named():
    tensors = {"b": np.array([[3, 4]]), "a": np.array([1.5], np.float64), "kept": np.zeros(1)}
    got = bound("concat", tensors=["a", "b"], output="x")(tensors)
    assert list(got) == ["kept", "x"]
    assert got["x"].dtype == np.float32
    assert got["x"].tolist() == [[1.5, 3, 4]]


def test_a_step_over_a_tensor_that_is_not_there_names_those_that_are():
    with pytest.raises(ManifestInvalid, match=r"step 'scale' has no tensor 'y'; there are: 'x'"):
        bound("scale", mean=0.0, std=1.0, tensor="y")({"x": np.zeros((1, 1))})
    with pytest.raises(ManifestInvalid, match="has to be told its tensor"):
        bound("softmax")({"x": np.zeros((1, 1)), "y": np.zeros((1, 1))})
