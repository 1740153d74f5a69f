"""A person's JSON: one item, a list, or rows, for every kind of model."""

import base64
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.codecs.items import EXAMPLES, TAKES, read_items
from samovar.codecs.person_json import from_base64
from samovar.errors import (
    MalformedBody,
    MissingTensor,
    PayloadTooLarge,
    UnknownTensor,
    UnsupportedMediaType,
    WrongDatatype,
    WrongShape,
)
from samovar.types import Kind, Limits

from tests.data import pictures, sounds

PNG = base64.b64encode(pictures.saved(pictures.scene())).decode()
WAV = base64.b64encode(sounds.wav(b"\0\x40")).decode()
LIMITS = Limits(max_rows=4)


def read(kind: Kind, body: Any, names: tuple[str, ...] = ()) -> Any:
    return read_items(kind, "application/json; charset=utf-8", orjson.dumps(body), LIMITS, names)


ITEMS = [
    (Kind.TEXT, "text", "hello", "hello"),
    (Kind.BYTES, "bytes", "AAH/", b"\0\1\xff"),
    (Kind.ROWS, "row", {"a": 1, "b": None}, {"a": 1, "b": None}),
    (Kind.TENSORS, "row", {"x": [[1, 2]]}, {"x": [[1, 2]]}),
]


@pytest.mark.parametrize(("kind", "key", "sent", "item"), ITEMS)
def test_one_item_a_list_and_rows_arrive_as_items(kind, key, sent, item):
    assert read(kind, {key: sent}) == ([item], True)
    assert read(kind, {key: [sent, sent]}) == ([item, item], False)
    assert read(kind, {key: [sent]}) == ([item], False)
    rows = [sent] if key == "row" else [{key: sent}]
    assert read(kind, {"rows": rows}) == ([item], False)
    assert read(kind, {"rows": []}) == ([], False)


def test_pictures_and_sounds_arrive_decoded():
    for body in ({"image": PNG}, {"image": [PNG]}, {"rows": [{"image": PNG}]}):
        np.testing.assert_array_equal(read(Kind.IMAGE, body).items[0], pictures.scene())
    uri = f"data:image/png;base64,{PNG}"
    np.testing.assert_array_equal(read(Kind.IMAGE, {"image": uri}).items[0], pictures.scene())
    assert read(Kind.AUDIO, {"audio": WAV}).items[0].samples.tolist() == [0.5]


def test_a_row_may_be_values_in_the_order_of_the_columns():
    expected = {"a": 1, "b": "x"}
    assert read(Kind.ROWS, {"row": [1, "x"]}, ("a", "b")) == ([expected], True)
    assert read(Kind.ROWS, {"rows": [[1, "x"], expected]}, ("a", "b")).items == [expected] * 2
    with pytest.raises(WrongShape, match="has 1 values for 2 columns: a, b"):
        read(Kind.ROWS, {"row": [1]}, ("a", "b"))
    with pytest.raises(WrongDatatype, match="by column name"):
        read(Kind.ROWS, {"row": [1]})


@pytest.mark.parametrize("value", [1.5, [1, 2], [[1], [2]]])
def test_the_value_of_an_only_input_may_stand_for_the_row(value):
    assert read(Kind.TENSORS, {"row": value}, ("x",)) == ([{"x": value}], True)
    assert read(Kind.TENSORS, {"rows": [value]}, ("x",)) == ([{"x": value}], False)


@given(st.binary(max_size=60))
def test_base64_gives_back_the_bytes(content):
    text = base64.b64encode(content).decode()
    assert from_base64(text) == content
    assert from_base64(f"data:;base64,{text}") == content


BAD = [
    (Kind.TEXT, [], MalformedBody, "must be a JSON object"),
    (Kind.TEXT, "hello", MalformedBody, "must be a JSON object"),
    (Kind.TEXT, {}, MissingTensor, "lacks 'text'"),
    (Kind.TEXT, {"txt": "a"}, UnknownTensor, "unknown key 'txt'"),
    (Kind.TEXT, {"image": PNG}, UnknownTensor, "unknown key 'image'"),
    (Kind.TEXT, {"text": "a", "rows": []}, MalformedBody, "both"),
    (Kind.TEXT, {"text": 1}, WrongDatatype, "'text': must be a text, not a number"),
    (Kind.TEXT, {"text": None}, WrongDatatype, "not null"),
    (Kind.TEXT, {"text": {}}, WrongDatatype, "not an object"),
    (Kind.TEXT, {"text": ["a", ["b"]]}, WrongDatatype, r"text\[1\]: must be a text, not a list"),
    (Kind.TEXT, {"text": ["a"] * 5}, PayloadTooLarge, "5 rows"),
    (Kind.TEXT, {"rows": {"text": "a"}}, WrongDatatype, "'rows' must be a list"),
    (Kind.TEXT, {"rows": ["a"]}, WrongDatatype, r"rows\[0\] must be an object"),
    (Kind.TEXT, {"rows": [{"text": "a"}, {}]}, MissingTensor, r"rows\[1\] lacks 'text'"),
    (Kind.TEXT, {"rows": [{"text": "a", "b": 1}]}, UnknownTensor, r"rows\[0\].*'b'"),
    (Kind.TEXT, {"rows": [{"text": "a"}] * 5}, PayloadTooLarge, "5 rows"),
    (Kind.IMAGE, {"image": "?"}, MalformedBody, "'image': not base64"),
    (Kind.IMAGE, {"image": PNG + "\n"}, MalformedBody, "no line breaks"),
    (Kind.IMAGE, {"image": PNG[:-1]}, MalformedBody, "not base64"),
    (Kind.IMAGE, {"image": "é"}, MalformedBody, "not base64"),
    (Kind.IMAGE, {"image": "data:image/png,abc"}, MalformedBody, "data URI"),
    (Kind.IMAGE, {"image": "data:image/png;base64"}, MalformedBody, "data URI"),
    (Kind.IMAGE, {"image": ""}, MalformedBody, "'image': the body is empty"),
    (
        Kind.IMAGE,
        {"image": [PNG, "AAAA"]},
        MalformedBody,
        r"image\[1\]: these bytes are no picture",
    ),
    (Kind.IMAGE, {"image": 5}, WrongDatatype, "base64 in a string"),
    (Kind.IMAGE, {"image": "https://example.com/a.png"}, MalformedBody, "not base64"),
    (Kind.AUDIO, {"audio": PNG}, MalformedBody, "'audio': these bytes are no WAV"),
    (Kind.BYTES, {"bytes": [1, 2]}, WrongDatatype, r"bytes\[0\]: must be base64"),
    (Kind.ROWS, {"row": 5}, WrongDatatype, "by column name, not a number"),
    (Kind.ROWS, {"row": None}, WrongDatatype, "not null"),
    (Kind.ROWS, {"rows": [{"a": 1}, 5]}, WrongDatatype, r"rows\[1\]"),
    (Kind.ROWS, {"a": 1}, UnknownTensor, "unknown key 'a'"),
    (Kind.TENSORS, {"row": "x"}, WrongDatatype, "'row': must be an object"),
]


@pytest.mark.parametrize(("kind", "body", "error", "says"), BAD, ids=lambda value: str(value)[:24])
def test_json_that_does_not_fit_says_where_and_what_to_send(kind, body, error, says):
    with pytest.raises(error, match=says):
        read(kind, body)


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_every_kind_has_an_example_and_takes_json(kind):
    assert "application/json" in TAKES[kind]
    assert "application/json" in EXAMPLES[kind]


def test_an_answer_kind_is_never_an_input():
    assert Kind.ANSWERS not in TAKES


@pytest.mark.parametrize("media_type", ["", "application/x-www-form-urlencoded"])
def test_json_of_ours_is_known_without_a_content_type(media_type):
    found = read_items(Kind.TEXT, media_type, b' {"text": "a"}', LIMITS)
    assert found == (["a"], True)
    assert read_items(Kind.ROWS, media_type, b'{"row": {"a": 1}}', LIMITS).items == [{"a": 1}]


@pytest.mark.parametrize(
    ("kind", "media_type", "body"),
    [
        (Kind.TEXT, "application/octet-stream", b'{"text": "a"}'),
        (Kind.TEXT, "text/plain", b'{"text": "a"}'),
        (Kind.TEXT, "", b'{"tone": "a"}'),
        (Kind.TEXT, "", b"Prepare quarterly report"),
        (Kind.TEXT, "text/markdown", b"# a"),
    ],
)
def test_what_is_said_to_be_text_is_text(kind, media_type, body):
    assert read_items(kind, media_type, body, LIMITS) == ([body.decode()], True)


@pytest.mark.parametrize(
    "media_type", ["", "image/png", "text/csv", "application/pdf", "application/octet-stream", "x"]
)
def test_a_model_of_files_takes_any_type_as_it_stands(media_type):
    body = b'{"bytes": "AAAA"}'
    assert read_items(Kind.BYTES, media_type, body, LIMITS) == ([body], True)


UNFIT = [
    (Kind.TEXT, "image/png", "a text"),
    (Kind.TEXT, "application/xml", "a text"),
    (Kind.IMAGE, "text/plain", "a picture"),
    (Kind.IMAGE, "multipart/form-data; boundary=x", "a picture"),
    (Kind.AUDIO, "video/mp4", "a sound"),
    (Kind.ROWS, "text/plain", "rows of columns"),
    (Kind.ROWS, "application/x-npy", "rows of columns"),
    (Kind.TENSORS, "text/csv", "tensors"),
    (Kind.TENSORS, "application/jsonx", "tensors"),
    (Kind.TEXT, "/", "a text"),
    (Kind.TEXT, "x" * 5000, "a text"),
]


@pytest.mark.parametrize(("kind", "media_type", "takes"), UNFIT, ids=lambda value: str(value)[:24])
def test_a_type_that_a_model_does_not_take_is_refused_with_an_example(kind, media_type, takes):
    with pytest.raises(UnsupportedMediaType, match=f"takes {takes}.*send ") as caught:
        read_items(kind, media_type, b"x", LIMITS)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize("kind", list(TAKES))
@given(body=st.binary(max_size=80), media=st.sampled_from(["", "application/json", "text/csv"]))
def test_any_bytes_are_read_or_refused_and_nothing_else(kind, body, media):
    from samovar.errors import SamovarError

    try:
        items, single = read_items(kind, media, body, LIMITS, ("x",))
    except SamovarError as error:
        assert error.code != "internal_error"  # noqa: PT017 - either outcome is right
        assert error.message  # noqa: PT017 - either outcome is right
    else:
        assert not single or len(items) == 1
