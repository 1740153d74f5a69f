"""What each kind of request asks: what makes a difference, and what makes none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from samovar.caching.questions import Asked, ask, exact
from samovar.types import InputSpec, Kind, ModelSpec, Payload, ProgramSpec

AT = Asked(ModelSpec("m"), "1", b"identity")


def of_kind(kind: Kind, **more: Any) -> Asked:
    return Asked(ModelSpec("m", input=InputSpec(kind), **more), "1", b"identity")


def key_of(body: Any, to: Asked, content_type: str = "application/json") -> bytes | None:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    question = ask(Payload(sent, content_type, "r"), to)
    return question.key if question else None


def test_a_picture_is_the_same_in_base64_and_as_it_is_and_whatever_it_is_said_to_be() -> None:
    to = of_kind(Kind.IMAGE)
    raw = key_of(b"\x89PNG", to, "image/png")
    assert raw == key_of(b"\x89PNG", to, "image/*") == key_of({"image": "iVBORw=="}, to)
    assert raw == key_of({"image": "data:image/png;base64,iVBORw=="}, to)
    listed = key_of({"image": ["iVBORw=="]}, to)
    assert listed == key_of({"rows": [{"image": "iVBORw=="}]}, to)
    assert len({raw, listed, key_of(b"\x89PNH", to, "image/png"), key_of({"image": []}, to)}) == 4


def test_a_sound_in_another_language_is_another_question() -> None:
    to = of_kind(Kind.AUDIO)
    keys = [
        key_of(b"RIFF", to, f"audio/wav{said}") for said in ("", ";language=en", ";language=de")
    ]
    assert len(set(keys)) == 3
    assert keys[1] == key_of({"audio": "data:audio/wav;language=en;base64,UklGRg=="}, to)


def test_a_text_is_its_characters_and_not_their_charset() -> None:
    to = of_kind(Kind.TEXT)
    wanted = key_of({"text": "é"}, to)
    assert wanted == key_of("é".encode(), to, "text/plain")
    assert wanted == key_of("é".encode("latin-1"), to, "text/plain; charset=latin-1")
    assert wanted != key_of("é".encode(), to, "text/plain; charset=latin-1")
    assert key_of({"text": ["é"]}, to) == key_of(b"text\n\xc3\xa9\n", to, "text/csv") != wanted


def test_an_infinite_cell_is_not_an_empty_one() -> None:
    to = of_kind(Kind.ROWS)
    cells = ["", "1e999", "-1e999", "null", "1", "1.0", "true"]
    keys = {key_of(f"x,y\n{cell},2\n".encode(), to, "text/csv") for cell in cells}
    assert len(keys) == len(cells)


def test_numbers_are_told_apart_by_their_type_and_by_their_sign() -> None:
    to = of_kind(Kind.ROWS)
    values = [1, 1.0, True, "1", None, 0.0, -0.0, [1], {"a": 1}]
    assert len({key_of({"row": {"x": value}}, to) for value in values}) == len(values)


def test_a_tensor_of_another_datatype_or_shape_is_another_question() -> None:
    def body(datatype: str, shape: list[int], data: list[Any]) -> Any:
        return {"inputs": [{"name": "x", "datatype": datatype, "shape": shape, "data": data}]}

    kinds = ["FP32", "FP64", "INT32", "INT64", "UINT8"]
    keys = [key_of(body(kind, [2], [1, 0]), AT, "application/vnd.oip+json") for kind in kinds]
    keys += [key_of(body("FP32", [1, 2], [1, 0]), AT, "application/vnd.oip+json")]
    keys += [key_of(body("FP32", [2, 1], [1, 0]), AT, "application/vnd.oip+json")]
    assert len({*keys} - {None}) == len(keys)


def test_strings_are_the_same_as_json_and_as_raw_bytes() -> None:
    head = {"name": "x", "datatype": "BYTES", "shape": [2]}
    as_json = {"inputs": [{**head, "data": ["é", ""]}]}
    raw = b"\x02\0\0\0\xc3\xa9\0\0\0\0"
    binary = json.dumps({"inputs": [{**head, "parameters": {"binary_data_size": len(raw)}}]})
    kind = f"application/vnd.sagemaker-triton.binary+json;json-header-size={len(binary)}"
    assert key_of(binary.encode() + raw, AT, kind) == key_of(
        as_json, AT, "application/vnd.oip+json"
    )
    moved = {"inputs": [{**head, "data": ["", "é"]}]}
    assert key_of(moved, AT, "application/vnd.oip+json") != key_of(
        as_json, AT, "application/vnd.oip+json"
    )


@pytest.mark.parametrize("extra", ["priority", "parameters", "sequence_id"])
def test_what_nobody_here_knows_is_a_part_of_the_question(extra: str) -> None:
    tensor = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
    plain = {"inputs": [tensor], "outputs": [{"name": "y"}]}
    kind = "application/vnd.oip+json"
    more = [
        {**plain, extra: {"a": 1}},
        {**plain, "inputs": [{**tensor, extra: {"a": 1}}]},
        {**plain, "outputs": [{"name": "y", extra: {"a": 1}}]},
    ]
    assert len({key_of(each, AT, kind) for each in (plain, *more)}) == 4


GENERATES = of_kind(Kind.PROMPT, program=ProgramSpec("generate"))


def test_a_text_of_chance_is_no_question_and_one_of_a_seed_is() -> None:
    said = {"messages": [{"role": "user", "content": "hi"}]}
    assert key_of(said, GENERATES) is not None
    assert key_of({**said, "temperature": 0.5}, GENERATES) is None
    assert key_of({"rows": [said, {**said, "temperature": 0.5}]}, GENERATES) is None
    seeds = [key_of({**said, "temperature": 0.5, "seed": seed}, GENERATES) for seed in (1, 2)]
    assert None not in seeds
    assert seeds[0] != seeds[1]
    warm = of_kind(Kind.PROMPT, program=ProgramSpec("generate", params={"temperature": 0.7}))
    assert key_of(said, warm) is None
    assert key_of({**said, "temperature": 0}, warm) is not None
    tensors = {"inputs": [{"name": "tokens", "datatype": "INT64", "shape": [1, 1], "data": [1]}]}
    assert key_of(tensors, GENERATES, "application/vnd.oip+json") is None


def test_the_order_of_a_schemas_properties_is_a_part_of_the_question_and_of_a_message_not() -> None:
    said = {"messages": [{"role": "user", "content": "hi"}]}
    turned = {"messages": [{"content": "hi", "role": "user"}]}
    assert key_of(said, GENERATES) == key_of(turned, GENERATES)
    one, other = ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert key_of({**said, "schema": {"properties": one}}, GENERATES) != key_of(
        {**said, "schema": {"properties": other}}, GENERATES
    )
    said["messages"].append({"role": "assistant", "content": "x"})
    assert key_of({"messages": said["messages"][::-1]}, GENERATES) != key_of(said, GENERATES)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["inputs", "outputs", "parameters", "name", "datatype", "shape", "data", "id"]
            )
            | st.sampled_from(["text", "rows", "row", "image", "messages", "prompt", "seed"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=150)
@given(
    body=_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    kind=st.sampled_from(list(Kind)[:-1]),
    content_type=st.sampled_from(
        [
            *("application/json", "application/vnd.oip+json", "text/csv", "text/plain", "", "x"),
            "application/vnd.sagemaker-triton.binary+json;json-header-size=3",
            "application/vnd.sagemaker-triton.binary+json;json-header-size=x",
            "application/vnd.samovar.rows",
        ]
    ),
)
def test_what_is_no_request_is_no_question_and_never_a_fault(
    body: bytes, kind: Kind, content_type: str
) -> None:
    payload = Payload(body, content_type, "r")
    question = ask(payload, of_kind(kind))
    assert question is None or len(question.key) == 32
    written = exact(payload, AT)
    assert written is None or len(written.digest) == 32
