"""A guarded model behind OpenAI's routes: hidden, told of, and refused, whole and in a stream."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samovar.edges.http import build_app
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.unit.guarding.guarded_models import write_guarded_babble

CHAT = "/v1/chat/completions"
SAY = "to anna@example.com"
GUARDS = """
[[pre]]
step = "guard_pii"
action = "refuse"
kinds = ["card"]
[[post]]
step = "guard_pii"
[[post]]
step = "guard_terms"
terms = ["zeus"]
action = "refuse"
"""


@pytest.fixture
def client(tmp_path: Path, log: Log) -> Iterator[TestClient]:
    settings = Settings(models_dir=write_guarded_babble(tmp_path, GUARDS), memory_mb=1769)
    with TestClient(build_app(build_service(settings), settings, log.observer)) as client:
        yield client


def asked(say: str, prompt: str = "hi", **more: Any) -> dict[str, Any]:
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"const": say}}}
    messages = [{"role": "user", "content": prompt}]
    return {"model": "babble", "messages": messages, "response_format": form, **more}


def events(text: str) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    return [json.loads(line) if line != "[DONE]" else line for line in lines]


def test_what_is_hidden_in_a_chat_is_hidden_in_its_stream_and_both_tell_so(
    client: TestClient,
) -> None:
    (choice,) = client.post(CHAT, json=asked(SAY)).json()["choices"]
    assert choice["message"]["content"] == '"to [EMAIL]"'
    assert [flag["kind"] for flag in choice["flags"]] == ["email"]
    found = events(client.post(CHAT, json=asked(SAY, stream=True)).text)
    assert found[-1] == "[DONE]"
    told = [event["choices"][0] for event in found[:-1]]
    assert "".join(one["delta"].get("content", "") for one in told) == '"to [EMAIL]"'
    assert told[-1]["flags"] == choice["flags"]


def test_a_refused_request_is_an_error_that_tells_no_value(client: TestClient, log: Log) -> None:
    answer = client.post(CHAT, json=asked("a", prompt="pay with 4111 1111 1111 1111"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "personal_data")
    assert "messages[0]" in error["message"]
    assert "4111" not in answer.text
    assert "4111" not in str(log.lines())


def test_a_refusal_within_a_stream_is_its_last_event_and_no_silent_end(client: TestClient) -> None:
    whole = client.post(CHAT, json=asked("by zeus, yes"))
    assert (whole.status_code, whole.json()["error"]["code"]) == (422, "blocked_term")
    *told, last = events(client.post(CHAT, json=asked("by zeus, yes", stream=True)).text)
    assert last["error"]["code"] == "blocked_term"
    said = "".join(one["choices"][0]["delta"].get("content", "") for one in told)
    assert said == '"by '


def test_probabilities_of_hidden_words_are_not_told(client: TestClient) -> None:
    answer = client.post(CHAT, json=asked("a", logprobs=True))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_input")
