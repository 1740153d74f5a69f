"""Answers of a form, calls of tools, several choices: what OpenAI's clients ask, at the doors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.doors.babbling import CHAT, HELLO, SCHEMA, TEXT, TOOL, babbling, choices
from tests.tiny_generation import write_babble

FORMAT = {"type": "json_schema", "json_schema": {"name": "thing", "schema": SCHEMA, "strict": True}}
FORCED = {"tools": [TOOL], "tool_choice": "required"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_babble(tmp_path_factory.mktemp("models"), context=1000)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with babbling(folder) as client:
        yield client


def pieces(client: TestClient, path: str = CHAT, **asked: Any) -> list[Any]:
    text = client.post(path, json=HELLO | asked | {"stream": True}).text
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("heat", [{}, {"temperature": 1.5, "seed": 4}])
def test_an_answer_is_json_of_the_schema_whole_and_in_pieces(
    client: TestClient, heat: dict[str, Any]
) -> None:
    (choice,) = choices(client, response_format=FORMAT, **heat)
    assert choice["finish_reason"] == "stop"
    jsonschema.validate(json.loads(choice["message"]["content"]), SCHEMA)
    said = pieces(client, response_format=FORMAT, **heat)
    deltas = [one["choices"][0]["delta"].get("content", "") for one in said]
    assert "".join(deltas) == choice["message"]["content"]
    assert len([delta for delta in deltas if delta]) > 3


def test_json_that_is_cut_by_its_tokens_says_length(client: TestClient) -> None:
    (choice,) = choices(client, response_format=FORMAT, max_tokens=5)
    assert choice["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice["message"]["content"])


def test_any_json_object_is_one_from_its_first_sign(client: TestClient) -> None:
    (choice,) = choices(client, response_format={"type": "json_object"}, max_tokens=3)
    assert choice["message"]["content"].startswith("{")


def test_log_probabilities_are_told_of_the_tokens_of_a_form(client: TestClient) -> None:
    (choice,) = choices(client, response_format=FORMAT, logprobs=True, top_logprobs=1)
    content = choice["logprobs"]["content"]
    assert "".join(token["token"] for token in content) == choice["message"]["content"]


def test_the_bytes_of_tokens_are_those_of_the_text_where_they_split_a_character(
    client: TestClient,
) -> None:
    asked = {"choices": ["né – 漢字 😀"], "logprobs": 1, "text": "x", "max_tokens": 60}
    said = client.post("/v1/models/babble/predict", json=asked).json()["logprobs"]
    spelled = [bytes(one.get("bytes") or one["token"].encode()) for one in said]
    assert b"".join(spelled).decode() == "né – 漢字 😀"
    (choice,) = choices(client, logprobs=True, top_logprobs=3)
    content = choice["logprobs"]["content"]
    joined = b"".join(bytes(token["bytes"]) for token in content).decode("utf-8", "replace")
    assert joined == choice["message"]["content"]


def test_a_tool_that_has_to_be_called_is_called_whole_and_in_pieces(client: TestClient) -> None:
    (choice,) = choices(client, **FORCED)
    message = choice["message"]
    (call,) = message["tool_calls"]
    assert (choice["finish_reason"], message["content"]) == ("tool_calls", None)
    assert (call["type"], call["function"]["name"]) == ("function", "f")
    assert call["id"].startswith("call_")
    jsonschema.validate(json.loads(call["function"]["arguments"]), SCHEMA)
    deltas = [one["choices"][0]["delta"] for one in pieces(client, **FORCED)]
    parts = [part for delta in deltas for part in delta.get("tool_calls", [])]
    assert parts[0]["function"]["name"] == "f"
    assert {part["index"] for part in parts} == {0}
    assert next(part["id"] for part in parts if "id" in part).startswith("call_")
    joined = "".join(part["function"]["arguments"] for part in parts)
    assert joined == call["function"]["arguments"]


def test_every_call_has_an_id_of_its_own(client: TestClient) -> None:
    found = [choice["message"]["tool_calls"][0]["id"] for choice in choices(client, n=3, **FORCED)]
    found += [choices(client, **FORCED)[0]["message"]["tool_calls"][0]["id"]]
    assert len(set(found)) == 4


def test_the_answer_of_a_tool_goes_on_from_its_call(client: TestClient) -> None:
    (choice,) = choices(client, **FORCED)
    message = choice["message"]
    answer = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "ok"}
    talk = [*HELLO["messages"], message, answer]
    (last,) = choices(client, messages=talk, max_tokens=4)
    assert last["finish_reason"] == "length"


def test_a_message_that_openai_answered_is_taken_as_it_is(client: TestClient) -> None:
    message = choices(client)[0]["message"]
    talk = [*HELLO["messages"], message, {"role": "user", "content": "and"}]
    assert choices(client, messages=talk, max_tokens=2)


def test_several_choices_differ_by_chance_and_are_the_same_under_a_seed(client: TestClient) -> None:
    asked = {"n": 3, "temperature": 1.0, "seed": 5, "max_tokens": 8}
    found = [choice["message"]["content"] for choice in choices(client, **asked)]
    assert found == [choice["message"]["content"] for choice in choices(client, **asked)]
    assert len(set(found)) == 3
    second = choices(client, **asked | {"n": 1, "seed": 6})
    assert second[0]["message"]["content"] == found[1]


def test_several_choices_stream_side_by_side_with_one_usage(client: TestClient) -> None:
    asked = {"n": 2, "temperature": 1.0, "seed": 5, "max_tokens": 8}
    whole = client.post(CHAT, json=HELLO | asked).json()
    said = pieces(client, **asked, stream_options={"include_usage": True})
    texts = ["", ""]
    for one in said[:-1]:
        assert one["usage"] is None
        for choice in one["choices"]:
            texts[choice["index"]] += choice["delta"].get("content", "")
    assert texts == [choice["message"]["content"] for choice in whole["choices"]]
    assert said[-1]["choices"] == []
    assert said[-1]["usage"] == whole["usage"]


def test_several_prompts_stream_too_and_offsets_go_on(client: TestClient) -> None:
    asked = {"prompt": ["a", "b"], "max_tokens": 4, "logprobs": 1, "messages": None}
    body = {name: value for name, value in (HELLO | asked).items() if name != "messages"}
    whole = client.post(TEXT, json=body).json()["choices"]
    text = client.post(TEXT, json=body | {"stream": True}).text
    lines = [json.loads(line[6:]) for line in text.split("\n\n") if line and "[DONE]" not in line]
    for at in (0, 1):
        mine = [one["choices"][0] for one in lines if one["choices"][0]["index"] == at]
        assert "".join(one["text"] for one in mine) == whole[at]["text"]
        offsets = [n for one in mine if one["logprobs"] for n in one["logprobs"]["text_offset"]]
        assert offsets == whole[at]["logprobs"]["text_offset"]


def test_a_prompt_may_be_the_models_own_tokens(client: TestClient) -> None:
    def texts(prompt: Any) -> list[str]:
        asked = {"model": "babble", "prompt": prompt, "max_tokens": 4}
        return [one["text"] for one in client.post(TEXT, json=asked).json()["choices"]]

    tokens = [ord(letter) - 33 for letter in "hi"]  # of the tiny tokenizer of bytes
    assert texts(tokens) == texts("hi")
    assert texts([tokens, tokens]) == texts(["hi", "hi"])


def test_penalties_and_biases_change_what_is_said(client: TestClient) -> None:
    plain = choices(client, max_tokens=12)[0]["message"]["content"]
    forced = choices(client, max_tokens=12, logit_bias={"64": 100})[0]["message"]["content"]
    assert forced == "a" * 12 != plain
    other = choices(
        client, max_tokens=40, logit_bias={"64": 9}, presence_penalty=2, frequency_penalty=2
    )[0]["message"]["content"]
    assert len(set(other)) > 3


def test_usage_tells_what_of_the_prompt_was_known_where_openai_tells_it(
    client: TestClient, folder: Path
) -> None:
    long = {"messages": [{"role": "user", "content": "known from before " * 8}], "max_tokens": 2}
    first, second = (client.post(CHAT, json=HELLO | long).json()["usage"] for _ in range(2))
    assert second["prompt_tokens_details"]["cached_tokens"] == 128
    assert first["prompt_tokens"] == second["prompt_tokens"]
    service = build_service(Settings(models_dir=folder, memory_mb=1769))
    body = json.dumps(long).encode()
    said = json.loads(service.predict("babble", "", Payload(body, "application/json")).body)
    assert "cached_tokens" not in said["usage"]  # the same answer whoever asked before


def test_predict_takes_forms_and_tools_in_its_own_words(client: TestClient) -> None:
    def said(**asked: Any) -> Any:
        body = {"text": "hello", "max_tokens": 90} | asked
        return client.post("/v1/models/babble/predict", json=body).json()

    assert said(choices=["yes", "no"])["text"] in ("yes", "no")
    assert said(regex="[0-9]{4}")["text"].isdigit()
    jsonschema.validate(json.loads(said(schema=SCHEMA)["text"]), SCHEMA)
    (call,) = said(**FORCED)["tool_calls"]
    assert call["name"] == "f"
