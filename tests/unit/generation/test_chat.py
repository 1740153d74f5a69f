"""A conversation becomes the tokens that its model knows; what people write stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import (
    InvalidInput,
    ManifestInvalid,
    MissingTensor,
    ModelCorrupt,
    UnknownTensor,
    WrongDatatype,
)
from samovar.generation.chat import read_chat_file
from samovar.generation.messages import Message, read_messages

from tests.unit.generation.tiny_reader import MARKS, chat

USER, ASSISTANT, END = 256, 257, 258
CHAT = chat()


def spoken(tokens):
    return CHAT.reader.tokenizer.decode(tokens, skip_special_tokens=False)


def test_the_template_is_the_models_own():
    tokens = CHAT.tokens([Message("user", " hi "), Message("assistant", "ho")])
    assert spoken(tokens) == "<|user|>hi<|end|><|assistant|>ho<|end|><|assistant|>"
    assert [token for token in tokens if token >= USER] == [USER, END, ASSISTANT, END, ASSISTANT]


@given(st.lists(st.sampled_from([*MARKS, "a", "\uf8ff", "0", "<|", "{{ 7 * 7 }}", "{%", "é"])))
def test_whatever_somebody_writes_is_read_as_it_stands_and_is_no_control_token(parts):
    written = "".join(parts)
    tokens = CHAT.tokens([Message("user", written)])
    assert spoken(tokens) == f"<|user|>{written}<|end|><|assistant|>"
    assert [token for token in tokens if token >= USER] == [USER, END, ASSISTANT]


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{% for n in range(10 ** 9) %}{{ n }}{% endfor %}",
        "{{ raise_exception('no system role') }}",
        "{{ missing.of_something }}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_that_reaches_out_or_refuses_is_an_error_of_the_input(template):
    with pytest.raises(InvalidInput, match="chat template refuses"):
        chat(template).tokens([Message("user", "hi")])


def test_a_template_that_is_none_is_a_fault_of_the_model():
    with pytest.raises(ManifestInvalid, match="not Jinja"):
        chat("{% for %}")


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"template": "", "end": ["x"]}'])
def test_a_chat_file_that_is_none_is_a_fault_of_the_model(body):
    with pytest.raises(ModelCorrupt, match=r"chat\.json must be"):
        read_chat_file("chat.json", body)


def test_messages_are_read_with_their_parts_and_newer_names():
    said = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None, "tool_calls": []},
    ]
    assert read_messages(said) == (
        Message("system", "Be brief."),
        Message("user", "ab"),
        Message("assistant", ""),
    )


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ("hi", WrongDatatype, "must be a list"),
        ([], InvalidInput, "1 to 1000"),
        ([{"role": "user", "content": "x"}] * 1001, InvalidInput, "1 to 1000"),
        (["hi"], WrongDatatype, r"messages\[0\] must be an object"),
        ([{"role": "user"}], MissingTensor, r"messages\[0\] lacks 'content'"),
        ([{"content": "x"}], MissingTensor, "lacks 'role'"),
        ([{"role": "king", "content": "x"}], InvalidInput, "none of system"),
        ([{"role": ["user"], "content": "x"}], InvalidInput, "none of system"),
        ([{"role": "user", "content": "x", "mood": 1}], UnknownTensor, "unknown field 'mood'"),
        ([{"role": "user", "content": 7}], WrongDatatype, "a text or a list"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], InvalidInput, "reads text"),
        ([{"role": "user", "content": [{"type": "text"}]}], WrongDatatype, "must be a text"),
    ],
)
def test_wrong_messages_are_refused_by_their_number(said, error, words):
    with pytest.raises(error, match=words):
        read_messages(said)


def test_tokens_are_spelled_in_the_bytes_that_they_stand_for():
    reader = CHAT.reader
    text = "".join(map(chr, range(1, 256))) + "漢😀"
    assert b"".join(map(reader.spelled, reader.read(text))) == text.encode()
    assert reader.spelled(END) == b""
