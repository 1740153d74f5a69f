"""Tools, calls and their answers in a conversation, for templates that know them and others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import InvalidInput, MissingTensor, SamovarError, WrongDatatype
from samovar.generation.messages import Call, Message, read_messages
from samovar.generation.tools import read_tooling

from tests.unit.generation.tiny_reader import MARKS, chat

KNOWING = """
{%- if tools %}<|user|>{{ tools | tojson }}<|end|>{% endif -%}
{%- for message in messages -%}
<|{{ 'user' if message.role == 'tool' else message.role }}|>{{ message.content }}
{%- for call in message.tool_calls or [] -%}
{{ call.function.name }}={{ call.function.arguments | tojson }}
{%- endfor -%}<|end|>
{%- endfor -%}
<|assistant|>"""
PLAIN, KNOWS = chat(), chat(KNOWING)
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "of a <city>", "parameters": {"a": [1, None]}},
}
CALLED = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"a": 1}'}}
TALK = [
    {"role": "user", "content": "Rome?"},
    {"role": "assistant", "tool_calls": [CALLED]},
    {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
]


def spoken(house, messages, tools=()):
    found = house.tokens(read_messages(messages), read_tooling({"tools": list(tools)}).tools)
    return house.reader.tokenizer.decode(found, skip_special_tokens=False)


def test_a_template_that_knows_tools_is_given_them_and_calls_as_they_are():
    said = spoken(KNOWS, TALK, [TOOL])
    shown, rest = said.removeprefix("<|user|>").split("<|end|>", 1)
    assert json.loads(shown) == [TOOL]
    assert rest == (
        '<|user|>Rome?<|end|><|assistant|>weather={"a": 1}<|end|><|user|>sunny<|end|><|assistant|>'
    )


def test_a_template_that_knows_none_is_told_of_them_in_words():
    said = spoken(PLAIN, [{"role": "system", "content": "Be kind."}, *TALK][1:], [TOOL])
    assert "# Tools" in said
    assert '"description":"of a <city>"' in said
    assert '<tool_call>\n{"name": "weather", "arguments": {"a":1}}\n</tool_call><|end|>' in said
    assert "<|user|><tool_response>\nsunny\n</tool_response><|end|>" in said


def test_the_systems_own_words_come_first():
    said = spoken(PLAIN, [{"role": "system", "content": "Be kind."}, *TALK], [TOOL])
    assert said.startswith("<|system|>Be kind.\n\n# Tools")
    assert said.count("# Tools") == 1


PARTS = st.lists(st.sampled_from([*MARKS, "a", "\uf8ff", '"', "\\", "{{ 7 * 7 }}", "</tool_call>"]))


@given(PARTS, st.sampled_from([PLAIN, KNOWS]))
def test_no_tool_no_call_and_no_answer_of_one_brings_a_control_token(parts, house):
    written = "".join(parts)
    function = TOOL["function"] | {"description": written, "parameters": {written: [written]}}
    called = CALLED | {"function": {"name": written, "arguments": json.dumps({"x": written})}}
    talk = [
        {"role": "user", "content": written},
        {"role": "assistant", "content": written, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "c1", "content": written},
    ]
    tools = read_tooling({"tools": [TOOL | {"function": function}]}).tools
    tokens = house.tokens(read_messages(talk), tools)
    controls = [token for token in tokens if token >= 256]
    plain = house.tokens(read_messages(TALK), read_tooling({"tools": [TOOL]}).tools)
    assert controls == [token for token in plain if token >= 256]


def test_arguments_that_are_no_json_are_told_as_they_were_written():
    called = CALLED | {"function": {"name": "weather", "arguments": "{cut"}}
    (message,) = read_messages([{"role": "assistant", "tool_calls": [called]}])
    assert message == Message("assistant", "", (Call("c1", "weather", "{cut"),))
    assert '"{cut"' in spoken(PLAIN, [{"role": "assistant", "tool_calls": [called]}])


def test_an_answer_is_taken_back_with_the_empty_fields_that_openais_client_gives_it():
    empty = {"refusal": None, "annotations": [], "audio": None, "function_call": None}
    empty["parsed"] = {"a": 1}
    said = [{"role": "assistant", "content": "yes"} | empty]
    assert read_messages(said) == (Message("assistant", "yes"),)


USER = {"role": "user", "content": "x"}


@pytest.mark.parametrize(
    ("messages", "error", "words"),
    [
        ([USER | {"tool_calls": [CALLED]}], InvalidInput, "only a message of role assistant"),
        ([USER | {"tool_call_id": "c1"}], InvalidInput, "only a message of role tool"),
        ([USER, {"role": "tool", "content": "x"}], MissingTensor, "lacks 'tool_call_id'"),
        ([TALK[2]], InvalidInput, "messages[0] answers the call 'c1'"),
        ([TALK[2], TALK[1]], InvalidInput, "messages[0] answers the call 'c1'"),
        ([{"role": "assistant", "tool_calls": {}}], WrongDatatype, "must be a list"),
        ([{"role": "assistant", "tool_calls": [1]}], InvalidInput, "tool_calls[0] must be"),
        (
            [{"role": "assistant", "tool_calls": [CALLED | {"id": 7}]}],
            WrongDatatype,
            "must be texts",
        ),
        ([{"role": "assistant"}], MissingTensor, "lacks 'content'"),
        ([{"role": "assistant", "tool_calls": []}], MissingTensor, "lacks 'content'"),
        ([USER | {"function_call": {"name": "f"}}], SamovarError, "unknown field 'function_call'"),
    ],
)
def test_a_conversation_that_cannot_have_been_is_refused_with_the_place(messages, error, words):
    with pytest.raises(error) as refused:
        read_messages(messages)
    assert words in refused.value.message
