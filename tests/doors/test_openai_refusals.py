"""What OpenAI's routes refuse before a token is said, and what breaks down after one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.doors.babbling import CHAT, HELLO, TEXT, TOOL, babbling, choices
from tests.tiny_generation import write_babble


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_babble(tmp_path_factory.mktemp("models"), context=1000)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with babbling(folder) as client:
        yield client


def wrong(schema: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


NEVER = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("asked", "status", "code", "words"),
    [
        ({"response_format": "json"}, 400, "wrong_datatype", "object with a 'type'"),
        ({"response_format": {"type": "xml"}}, 400, "invalid_input", "text, json_object"),
        ({"response_format": {"type": "json_schema"}}, 400, "missing_tensor", "json_schema"),
        ({"response_format": wrong(7)}, 400, "wrong_datatype", "JSON schema"),
        ({"response_format": wrong({"not": {}})}, 400, "invalid_schema", "not"),
        ({"response_format": wrong({"enum": []})}, 400, "invalid_schema", "empty"),
        ({"response_format": wrong(NEVER)}, 400, "invalid_schema", "no text that ends"),
        ({"response_format": wrong({"enum": ["x" * 99_999]})}, 400, "invalid_schema", "bytes"),
        ({"tools": [TOOL, TOOL]}, 400, "duplicate_name", "two 'tools'"),
        ({"tools": [{"type": "web"}]}, 400, "invalid_input", "tools[0]"),
        ({"tool_choice": "required"}, 400, "invalid_input", "no 'tools'"),
        ({"n": 0}, 400, "invalid_input", "1 to 128"),
        ({"n": 129}, 400, "invalid_input", "1 to 128"),
        ({"max_tokens": 0}, 400, "invalid_input", "'max_tokens'"),
        ({"stream": "yes"}, 400, "wrong_datatype", "'stream'"),
        ({"top_logprobs": 3}, 400, "invalid_input", "'logprobs': true"),
        ({"stream": True, "stream_options": {"x": 1}}, 400, "invalid_input", "unknown field 'x'"),
        ({"logit_bias": {"9999": 1}}, 400, "invalid_input", "9999 of 259"),
        ({"logit_bias": {"a": 1}}, 400, "wrong_datatype", "no token's number"),
        ({"presence_penalty": 3}, 400, "invalid_input", "[-2, 2]"),
        ({"stop": ""}, 400, "wrong_datatype", "none of them empty"),
        ({"stop": ["x"] * 17}, 400, "invalid_input", "16 texts"),
        ({"audio": {}}, 400, "invalid_input", "the model says text"),
        ({"messages": [{"role": "king", "content": "x"}]}, 400, "invalid_input", "messages[0]"),
        ({"messages": [{"role": "user", "content": "x" * 1000}]}, 413, "payload_too_large", "more"),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_what_is_wrong_is_refused_before_the_first_token(
    client: TestClient, asked: dict[str, Any], status: int, code: str, words: str, streams: bool
) -> None:
    answer = client.post(CHAT, json={"stream": streams} | HELLO | asked)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert "Traceback" not in answer.text


def test_a_form_that_breaks_down_in_the_middle_ends_its_stream_with_an_error(
    client: TestClient,
) -> None:
    pattern = {"type": "string", "pattern": "^(a{1,1000}){1,1000}$"}
    asked = {"response_format": wrong(pattern), "logit_bias": {"64": 100}, "max_tokens": 400}
    text = client.post(CHAT, json=HELLO | asked | {"stream": True}).text
    *said, last = [json.loads(line[6:]) for line in text.split("\n\n") if line]
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in said).startswith('"aa')
    assert (last["error"]["code"], last["error"]["type"]) == (
        "invalid_schema",
        "invalid_request_error",
    )
    whole = client.post(CHAT, json=HELLO | asked)
    assert (whole.status_code, whole.json()["error"]["code"]) == (400, "invalid_schema")


def test_a_context_that_overflows_is_told_by_how_much(client: TestClient) -> None:
    said = client.post(CHAT, json=HELLO | {"messages": [{"role": "user", "content": "x" * 1005}]})
    # 1005 letters, and a mark before and after them, and one before the answer
    assert "has 1008 tokens, 9 more than the model takes" in said.json()["error"]["message"]


def test_what_stands_in_calls_counts_as_what_was_written(client: TestClient) -> None:
    function = {"name": "f", "arguments": json.dumps({"a": "x" * 2_000_000})}
    call = {"id": "c", "type": "function", "function": function}
    said = client.post(
        CHAT, json=HELLO | {"messages": [{"role": "assistant", "tool_calls": [call]}]}
    )
    assert said.status_code == 413
    assert "'messages'" in said.json()["error"]["message"]


def test_options_of_a_stream_go_with_one(client: TestClient) -> None:
    said = client.post(CHAT, json=HELLO | {"stream_options": {"include_usage": True}})
    assert "goes with 'stream': true" in said.json()["error"]["message"]


@pytest.mark.parametrize("body", [b'{"model": "babble", "messages": "\xff"}', b"\xff\xfe", b""])
def test_what_is_no_utf_8_is_no_json(client: TestClient, body: bytes) -> None:
    said = client.post(CHAT, content=body)
    assert (said.status_code, said.json()["error"]["code"]) == (400, "malformed_body")


def test_a_text_that_stops_at_itself_again_and_again_ends(client: TestClient) -> None:
    always = {"logit_bias": {"64": 100}}
    (choice,) = choices(client, stop=["aab", "b"], **always)
    assert (choice["message"]["content"], choice["finish_reason"]) == ("a" * 90, "length")
    (choice,) = choices(client, stop="a", **always)
    assert (choice["message"]["content"], choice["finish_reason"]) == ("", "stop")


@pytest.mark.parametrize("path", [CHAT, TEXT, "/v1/embeddings"])
def test_what_the_door_itself_refuses_has_openais_shape(client: TestClient, path: str) -> None:
    for answer in (client.get(path), client.post(path + "/", content=b"x" * 7_000_000)):
        assert answer.status_code in (405, 413)
        error = answer.json()["error"]
        assert error["type"] == "invalid_request_error"
        assert error["code"] in ("method_not_allowed", "payload_too_large")
