"""What is read the quick way is what the slow way reads, to the byte; so are the refusals."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.codecs.json_keys import parse
from samovar.errors import InvalidInput, PayloadTooLarge, SamovarError
from samovar.tensor_bytes import to_binary
from samovar.tensor_values import MANY
from samovar.tensors import BINARY_ONLY, admits, check_spec, element_count, from_json
from samovar.types import DTYPES, TensorSpec

NUMERIC = [
    name for name, dtype in DTYPES.items() if dtype.kind in "iufb" and name not in BINARY_ONLY
]
LIMITS = [3.4028234663852886e38, 3.4028235677973366e38, 1e39, 1e308, 2**31, 2**63 - 1, 2**63]
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([*LIMITS, *(-limit for limit in LIMITS), 0, 1, 0.0, -0.0, 1.0, 255, 256]),
)
VALUES = st.one_of(NUMBERS, st.booleans(), st.none(), st.text(max_size=2))
LISTS = st.one_of(
    st.lists(NUMBERS, max_size=6),
    st.lists(st.floats(-1, 1), max_size=6),
    st.lists(st.integers(-1, 2), max_size=6),
    st.lists(VALUES, max_size=4),
)


def by_hand(datatype: str, values: list[Any]) -> bytes | None:
    """The bytes of the values one by one; None where the datatype cannot hold one of them."""
    dtype = DTYPES[datatype]
    allowed: dict[str, tuple[Any, ...]] = {"f": (int, float, type(None)), "b": (int, bool)}
    if any(type(value) not in allowed.get(dtype.kind, (int,)) for value in values):
        return None
    wide = [np.nan if value is None else value for value in values]
    with np.errstate(over="ignore"):
        found = [np.array(float(v) if dtype.kind == "f" else int(v)) for v in wide]
        cast = [value.astype(dtype) for value in found]
    kept = [
        np.isfinite(new) or np.isnan(old) if dtype.kind == "f" else int(new) == int(old)
        for new, old in zip(cast, found, strict=True)
    ]
    return b"".join(value.tobytes() for value in cast) if all(kept) else None


def read(datatype: str, values: list[Any], shape: list[int]) -> bytes | None:
    try:
        array = from_json("x", datatype, shape, values)
    except InvalidInput:
        return None
    assert (array.dtype, array.shape) == (DTYPES[datatype], tuple(shape))
    assert array.flags.aligned
    return array.tobytes()


@pytest.mark.parametrize("datatype", NUMERIC)
@given(values=LISTS, times=st.sampled_from([1, MANY - 1, MANY, 2 * MANY]))
def test_lists_of_any_length_hold_what_their_values_hold(
    datatype: str, values: list[Any], times: int
) -> None:
    """Short ones, long ones, and those on the border are read in different ways."""
    expected = by_hand(datatype, values)
    count = len(values) * times
    assert read(datatype, values * times, [count]) == (expected and expected * times)


@pytest.mark.parametrize("datatype", NUMERIC)
@given(values=LISTS, rows=st.sampled_from([1, 3, MANY]))
def test_nested_lists_hold_what_flat_ones_hold(datatype: str, values: list[Any], rows: int) -> None:
    flat = read(datatype, values * rows, [rows, len(values)])
    assert read(datatype, [values] * rows, [rows, len(values)]) == flat


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 3 * MANY])
@pytest.mark.parametrize("other", [True, False, None, "1", [1.0], {"a": 1}])
def test_one_value_of_another_type_is_seen_wherever_it_stands(count: int, other: Any) -> None:
    for filler in (0.5, 0.0, 1.0, 1):
        for at in (0, count // 2, count - 1):
            values = [filler] * count
            values[at] = other
            found = read("FP32", values, [count])
            assert (found is None) == (other is not None), (filler, at)


def told(body: bytes) -> Any:
    try:
        return parse(body)
    except SamovarError as error:
        return type(error), error.message.partition(" line ")[0]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(-9, 9), st.text(st.sampled_from('a":[{}]\\ '))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("ab:"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.integers(0, 70), st.sampled_from(["", ', "a": 1', ', "c": "\\":"', "]"]))
def test_long_json_is_read_as_short_json_is(value: Any, nested: int, more: str) -> None:
    """Bodies over 16 KB are looked through by numpy; blanks make one of any body."""
    inner = "[" * nested + json.dumps(value) + "]" * nested
    short = f'{{"a": {inner}{more}}}'.encode()
    assert told(short) == told(short + b" " * 20_000)


SIZES = st.one_of(
    st.integers(-1, 4), st.sampled_from([True, 1.0, None, "1", 2**70]), st.lists(st.integers())
)


@given(
    st.lists(st.sampled_from([-1, 0, 1, 2, 3]), max_size=3).map(tuple),
    st.one_of(st.lists(SIZES, max_size=4), st.none(), st.just((1, 2)), st.just("12")),
    st.sampled_from([0, 1, 4, 100]),
)
def test_a_shape_is_admitted_where_no_check_refuses_it(
    wanted: tuple[int, ...], shape: Any, limit: int
) -> None:
    spec = TensorSpec("x", "FP32", wanted)
    try:
        if not isinstance(shape, list):
            raise InvalidInput("no list")
        element_count("x", shape, limit)
        check_spec(spec, "FP32", shape)
    except (InvalidInput, PayloadTooLarge):
        assert not admits(spec, shape, limit)
    else:
        assert admits(spec, shape, limit)


@given(
    st.sampled_from(["FP32", "FP64", "INT64", "UINT8", "BOOL", "FP16", "BF16"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.booleans(),
)
def test_the_bytes_of_an_array_are_its_own_memory_in_order(
    datatype: str, shape: list[int], turned: bool
) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(DTYPES[datatype])
    array = array.T if turned else array
    assert to_binary(array) == array.tobytes()
