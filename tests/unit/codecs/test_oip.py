"""The protocol's infer request and response: JSON and binary tensors, in any mixture."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar import pipeline
from samovar.codecs.oip import binary_type, header_size
from samovar.errors import InvalidInput, MalformedBody, SamovarError
from samovar.model import Model
from samovar.tensor_bytes import from_binary, to_binary
from samovar.types import DTYPES, OIP_BINARY, OIP_JSON, Array, Payload

from tests.function_models import function_model
from tests.unit.codecs.oip_asks import ask, echo

ALL = sorted(DTYPES)
ARRAYS: Mapping[str, Array] = {
    "BOOL": np.array([[True, False]]),
    "INT8": np.int8([[-128, 127]]),
    "INT16": np.int16([[-(2**15), 2**15 - 1]]),
    "INT32": np.int32([[-(2**31), 2**31 - 1]]),
    "INT64": np.int64([[-(2**63), 2**63 - 1]]),
    "UINT8": np.uint8([[0, 255]]),
    "UINT16": np.uint16([[0, 2**16 - 1]]),
    "UINT32": np.uint32([[0, 2**32 - 1]]),
    "UINT64": np.uint64([[0, 2**64 - 1]]),
    "FP16": np.float16([[1.5, -65504]]),
    "BF16": np.uint16([[0x3FC0, 0xC000]]),
    "FP32": np.float32([[1.5, np.nan]]),
    "FP64": np.float64([[1e300, -1e-300]]),
    "BYTES": np.array([["ä", ""]], object),
}
IN_JSON = [datatype for datatype in ALL if datatype not in ("FP16", "BF16")]


def plain_json(array: Array) -> Any:
    return orjson.loads(
        orjson.dumps(
            array.reshape(-1).tolist() if array.dtype == object else array.reshape(-1),
            option=orjson.OPT_SERIALIZE_NUMPY,
        )
    )


@pytest.mark.parametrize("out", ["json", "binary"])
@pytest.mark.parametrize("into", ["json", "binary"])
@pytest.mark.parametrize("datatype", ALL)
def test_every_datatype_goes_in_and_out_in_either_form(datatype: str, into: str, out: str) -> None:
    array = ARRAYS[datatype]
    raw = to_binary(array)
    tensor: dict[str, Any] = {"name": "x", "datatype": datatype, "shape": [1, 2]}
    if into == "json":
        tensor["data"] = plain_json(array)
    else:
        tensor["parameters"] = {"binary_data_size": len(raw)}
    head = {"inputs": [tensor], "parameters": {"binary_data_output": out == "binary"}}
    if datatype not in IN_JSON and "json" in (into, out):
        with pytest.raises(InvalidInput, match=r"no JSON form.*binary"):
            ask(echo(datatype), head, raw if into == "binary" else None)
        return
    found, rest = ask(echo(datatype), head, raw if into == "binary" else None)
    (output,) = found["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("y", datatype, [1, 2])
    if out == "json":
        assert output["data"] == plain_json(array)
        assert rest == b""
    else:
        assert "data" not in output
        assert output["parameters"] == {"binary_data_size": len(raw)}
        assert rest == raw


def _sums(t: Mapping[str, Array]) -> dict[str, Array]:
    return {"s": t["a"] + t["b"], "d": t["a"] - t["b"]}


@pytest.fixture
def sums() -> Model:
    tensor = ("INT64", (-1,))
    return function_model(_sums, {"a": tensor, "b": tensor}, {"s": tensor, "d": tensor})[0]


def _pair(**forms: str) -> tuple[list[dict[str, Any]], bytes]:
    """Inputs a and b, each in its form, in the order given."""
    values = {"a": np.int64([5, 2**60]), "b": np.int64([1, 2])}
    tensors, raw = [], b""
    for name, form in forms.items():
        tensor: dict[str, Any] = {"name": name, "datatype": "INT64", "shape": [2]}
        if form == "json":
            tensor["data"] = values[name].tolist()
        else:
            tensor["parameters"] = {"binary_data_size": 16}
            raw += values[name].tobytes()
        tensors.append(tensor)
    return tensors, raw


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("forms", ["jj", "jb", "bj", "bb"])
def test_inputs_may_come_in_any_order_and_each_in_its_own_form(
    sums: Model, order: str, forms: str
) -> None:
    said = {"j": "json", "b": "binary"}
    inputs, raw = _pair(**{name: said[form] for name, form in zip(order, forms, strict=True)})
    found, _ = ask(sums, {"inputs": inputs}, raw if "b" in forms else None)
    assert {o["name"]: o["data"] for o in found["outputs"]} == {
        "s": [6, 2**60 + 2],
        "d": [4, 2**60 - 2],
    }


@pytest.mark.parametrize("names", [["s"], ["d"], ["d", "s"], ["s", "d"]])
def test_the_outputs_that_are_asked_for_come_in_that_order(sums: Model, names: list[str]) -> None:
    inputs, _ = _pair(a="json", b="json")
    found, _ = ask(sums, {"inputs": inputs, "outputs": [{"name": name} for name in names]})
    assert [output["name"] for output in found["outputs"]] == names


@pytest.mark.parametrize("outputs", [{}, {"outputs": []}])
def test_all_outputs_come_where_none_is_asked_for(sums: Model, outputs: dict) -> None:
    inputs, _ = _pair(a="json", b="json")
    found, _ = ask(sums, {"inputs": inputs, **outputs})
    assert [output["name"] for output in found["outputs"]] == ["s", "d"]


@pytest.mark.parametrize("default", [None, False, True])
@pytest.mark.parametrize("own", [None, False, True])
def test_an_outputs_own_wish_for_binary_wins_over_the_requests(
    sums: Model, default: bool | None, own: bool | None
) -> None:
    inputs, _ = _pair(a="json", b="json")
    output: dict[str, Any] = {"name": "s"}
    head: dict[str, Any] = {"inputs": inputs, "outputs": [output, {"name": "d"}]}
    if own is not None:
        output["parameters"] = {"binary_data": own}
    if default is not None:
        head["parameters"] = {"binary_data_output": default}
    found, rest = ask(sums, head)
    binary = [own if own is not None else bool(default), bool(default)]
    assert ["data" not in o for o in found["outputs"]] == binary
    assert len(rest) == 16 * sum(binary)


def test_binary_outputs_follow_in_the_order_of_the_header(sums: Model) -> None:
    inputs, _ = _pair(a="json", b="json")
    head = {
        "inputs": inputs,
        "outputs": [{"name": "d"}, {"name": "s"}],
        "parameters": {"binary_data_output": True},
    }
    _, rest = ask(sums, head)
    assert from_binary("", "INT64", (4,), memoryview(rest)).tolist() == [
        4,
        2**60 - 2,
        6,
        2**60 + 2,
    ]


@pytest.mark.parametrize(
    ("sent", "given"), [({}, "request-1"), ({"id": "mine"}, "mine"), ({"id": ""}, "request-1")]
)
def test_an_answer_always_has_an_id(sums: Model, sent: dict, given: str) -> None:
    inputs, _ = _pair(a="json", b="json")
    found, _ = ask(sums, {"inputs": inputs, **sent})
    assert found["id"] == given
    assert (found["model_name"], found["model_version"]) == ("function", "1")


def test_what_a_request_has_beside_the_protocol_is_passed_over(sums: Model) -> None:
    inputs, _ = _pair(a="json", b="json")
    inputs[0]["note"] = 1
    head = {"inputs": inputs, "parameters": {"priority": 3, "note": "x"}, "comment": [1]}
    assert ask(sums, head)[0]["outputs"]


@pytest.mark.parametrize(
    ("media", "size"),
    [
        (OIP_JSON, None),
        (binary_type(12), 12),
        (f"{OIP_BINARY};json-header-size=0", 0),
        (f"{OIP_BINARY}; charset=x ;json-header-size= 7 ; a=b", 7),
        (OIP_BINARY, None),
    ],
)
def test_a_media_type_says_how_long_the_header_is(media: str, size: int | None) -> None:
    assert header_size(media) == size


@pytest.mark.parametrize("digits", ["-1", "1.0", "0x10", "", "ten", "1e3", "²", "9" * 5000, "1 2"])
def test_a_header_length_that_is_no_number_is_refused(digits: str) -> None:
    with pytest.raises(MalformedBody, match="Inference-Header-Content-Length") as caught:
        header_size(f"{OIP_BINARY};json-header-size={digits}")
    assert len(caught.value.message) < 200


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["x", "y", "FP32", "BYTES", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "shape", "datatype", "data", "parameters", "binary_data_size"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
HEADS = st.dictionaries(st.sampled_from(["inputs", "outputs", "parameters", "id"]), JSON)


@given(HEADS, st.binary(max_size=20), st.integers(-3, 3))
def test_any_request_is_answered_or_refused(head: dict, raw: bytes, off: int) -> None:
    body = orjson.dumps(head)
    for media in (OIP_JSON, f"{OIP_BINARY};json-header-size={len(body) + off}"):
        try:
            answer = pipeline.infer(Payload(body + raw, media, "r"), echo("FP32"))
        except SamovarError as error:
            if isinstance(error, InvalidInput) or error.code == "payload_too_large":
                continue
            raise
        assert answer.body
