"""OpenAI's chat, completions and embeddings at the wide door and at the plain one."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import uvicorn
from openapi_spec_validator import validate
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.serve import plain_app
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.gateway_events import http_event
from tests.onnx_models import doubled, write_folder
from tests.tiny_generation import write_babble

CHAT = "/v1/chat/completions"
HELLO = {"model": "babble", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_babble(tmp_path_factory.mktemp("models"))
    write_folder(folder, "plain", doubled())
    return folder


@pytest.fixture
def client(folder: Path, log: Log) -> Iterator[TestClient]:
    """The wide door, which sends a stream at once."""
    settings = Settings(models_dir=folder, memory_mb=1769)
    with TestClient(build_app(build_service(settings), settings, log.observer)) as client:
        yield client


def predicted(folder: Path, **asked: Any) -> dict[str, Any]:
    """What predict answers to the same conversation."""
    service = build_service(Settings(models_dir=folder, memory_mb=1769))
    body = json.dumps({"messages": HELLO["messages"], **asked}).encode()
    found: dict[str, Any] = json.loads(
        service.predict("babble", "", Payload(body, "application/json")).body
    )
    return found


def events(text: str) -> list[Any]:
    lines = [line for line in text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_a_chat_is_answered_with_what_predict_says(client: TestClient, folder: Path) -> None:
    said = client.post(CHAT, json=HELLO | {"max_completion_tokens": 9}).json()
    wanted = predicted(folder, max_tokens=9)
    (choice,) = said["choices"]
    assert choice["message"] == {"role": "assistant", "content": wanted["text"], "refusal": None}
    assert choice["finish_reason"] == "length"
    assert said["usage"]["completion_tokens"] == 9
    assert (said["object"], said["model"]) == ("chat.completion", "babble")
    assert said["id"].startswith("chatcmpl-")


def test_a_stream_says_the_same_piece_by_piece(client: TestClient, folder: Path) -> None:
    asked = HELLO | {"stream": True, "stream_options": {"include_usage": True}}
    answer = client.post(CHAT, json=asked)
    assert answer.headers["content-type"] == "text/event-stream"
    found = events(answer.text)
    deltas = [one["choices"][0]["delta"] for one in found if one["choices"]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == predicted(folder)["text"]
    assert [one["choices"][0]["finish_reason"] for one in found if one["choices"]][-1] == "length"
    assert found[-1]["choices"] == []
    assert found[-1]["usage"]["completion_tokens"] == 16
    assert len({one["id"] for one in found}) == 1


def test_several_prompts_are_several_choices(client: TestClient) -> None:
    asked = {"model": "babble", "prompt": ["a", "b"], "max_tokens": 3}
    said = client.post("/v1/completions", json=asked).json()
    alone = client.post("/v1/completions", json=asked | {"prompt": "b"}).json()
    assert [choice["index"] for choice in said["choices"]] == [0, 1]
    assert said["choices"][1]["text"] == alone["choices"][0]["text"]
    assert said["usage"]["total_tokens"] == 8


def test_a_completion_streams_too(client: TestClient) -> None:
    asked = {"model": "babble", "prompt": "a", "max_tokens": 5}
    whole = client.post("/v1/completions", json=asked).json()["choices"][0]["text"]
    found = events(client.post("/v1/completions", json=asked | {"stream": True}).text)
    assert "".join(one["choices"][0]["text"] for one in found) == whole
    assert all(one["object"] == "text_completion" for one in found)


def test_log_probabilities_have_openais_shape(client: TestClient) -> None:
    asked = HELLO | {"logprobs": True, "top_logprobs": 2, "max_tokens": 3}
    content = client.post(CHAT, json=asked).json()["choices"][0]["logprobs"]["content"]
    assert [len(token["top_logprobs"]) for token in content] == [2, 2, 2]
    for token in content:
        assert token["logprob"] == token["top_logprobs"][0]["logprob"] <= 0


@pytest.mark.parametrize(
    ("path", "asked", "status", "words"),
    [
        (CHAT, {"model": "none", "messages": []}, 404, "none"),
        (CHAT, {"messages": []}, 400, "'model' must name one"),
        (CHAT, {"model": "plain", "messages": []}, 400, "generates no text"),
        (CHAT, {"model": "babble"}, 400, "lacks 'messages'"),
        (CHAT, HELLO | {"messages": []}, 400, "1 to 1000"),
        (CHAT, HELLO | {"messages": [{"role": "king", "content": "x"}]}, 400, "messages[0]"),
        (CHAT, HELLO | {"best_of": 2}, 400, "'best_of' is not taken here: every text"),
        (CHAT, HELLO | {"functions": [{"name": "f"}]}, 400, "ask with 'tools'"),
        (CHAT, HELLO | {"temprature": 1}, 400, "unknown field 'temprature'"),
        (CHAT, HELLO | {"temperature": 9}, 400, "'temperature' must lie in"),
        (CHAT, HELLO | {"top_logprobs": 2}, 400, "goes with"),
        (CHAT, HELLO | {"stream": True, "temperature": "hot"}, 400, "must be a number"),
        (CHAT, HELLO | {"messages": [{"role": "user", "content": "x" * 300}]}, 413, "more than"),
        (CHAT, [], 400, "JSON object"),
        ("/v1/completions", {"model": "babble", "prompt": [1, "a"]}, 400, "'prompt' must be"),
        ("/v1/completions", {"model": "babble", "prompt": ""}, 400, "empty"),
        ("/v1/embeddings", {"model": "babble", "input": "x"}, 400, "no embeddings"),
        ("/v1/embeddings", {"input": "x"}, 400, "'model' must name one"),
    ],
)
def test_what_is_wrong_is_told_in_openais_shape(
    client: TestClient, path: str, asked: Any, status: int, words: str
) -> None:
    answer = client.post(path, json=asked)
    error = answer.json()["error"]
    assert answer.status_code == status
    assert words in error["message"]
    assert error["type"] == "invalid_request_error"
    assert error["code"]


def test_the_log_has_the_model_and_the_code_of_an_error(client: TestClient, log: Log) -> None:
    client.post(CHAT, json=HELLO | {"max_tokens": 1})
    client.post(CHAT, json=HELLO | {"n": 0})
    first, second = log.lines()[-2:]
    assert (first["model"], first["action"], first["status"]) == ("babble", "chat", 200)
    assert (second["code"], second["status"]) == ("invalid_input", 400)


@pytest.fixture
def served(folder: Path, log: Log) -> Iterator[tuple[tuple[str, int], Log]]:
    """The plain door behind a real server, which sends pieces as they come."""
    settings = Settings(models_dir=folder, memory_mb=1769, preload=("babble",))
    listener = socket.create_server(("127.0.0.1", 0))
    app = plain_app(settings, observer=log.observer)
    config = uvicorn.Config(app, log_level="critical", lifespan="on", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname(), log
    server.should_exit = True
    thread.join()
    listener.close()


def send(address: tuple[str, int], asked: Any) -> socket.socket:
    body = json.dumps(asked).encode()
    connection = socket.create_connection(address, timeout=30)
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(body)}"
    connection.sendall(f"{head}\r\n\r\n".encode() + body)
    return connection


def read(connection: socket.socket) -> str:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received.decode()


def until_done(log: Log) -> dict[str, Any]:
    limit = time.monotonic() + 20
    while not [line for line in log.lines() if line.get("action") == "chat"]:
        assert time.monotonic() < limit
        time.sleep(0.02)
    found: dict[str, Any] = log.lines()[-1]
    return found


def test_the_plain_door_sends_a_chunk_for_each_piece(
    served: tuple[tuple[str, int], Log], client: TestClient
) -> None:
    address, log = served
    with send(address, HELLO | {"stream": True}) as connection:
        text = read(connection)
    assert "transfer-encoding: chunked" in text.partition("\r\n\r\n")[0].lower()
    whole = client.post(CHAT, json=HELLO | {"stream": True}).text
    sent = [line for line in text.split("\r\n") if line.startswith("data: ")]
    assert len(sent) == len(whole.split("\n\n")) - 1
    assert until_done(log)["model"] == "babble"


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (f"DELETE {CHAT} HTTP/1.1\r\n", 405, "method_not_allowed"),
        (f"POST {CHAT} HTTP/1.1\r\ncontent-length: 99999999\r\n", 413, "payload_too_large"),
    ],
)
def test_the_plain_door_refuses_in_openais_shape_what_no_route_sees(
    served: tuple[tuple[str, int], Log], head: str, status: int, code: str
) -> None:
    with socket.create_connection(served[0], timeout=30) as connection:
        expects = "expect: 100-continue\r\nconnection: close\r\n"
        connection.sendall(f"{head}host: x\r\n{expects}\r\n".encode())
        said, _, body = read(connection).rpartition("\r\n\r\n")
    assert f" {status} " in said
    assert json.loads(body)["error"]["code"] == code


def test_the_hot_door_refuses_in_openais_shape_what_no_route_sees(folder: Path, log: Log) -> None:
    settings = Settings(models_dir=folder, memory_mb=1769)
    door = HotDoor(build_service(settings), settings, log.observer)
    for event in (http_event("GET", CHAT), http_event("GET", CHAT, stage="prod")):
        said = door(event, None)
        assert said["statusCode"] == 405
        assert json.loads(said["body"])["error"]["type"] == "invalid_request_error"


def test_a_client_that_goes_away_ends_what_runs_for_it(
    served: tuple[tuple[str, int], Log],
) -> None:
    address, log = served
    with send(address, HELLO | {"stream": True, "max_tokens": 190}) as connection:
        connection.recv(1)
    assert until_done(log)["status"] == 499
    with send(address, HELLO) as connection:  # its place is free again
        assert "HTTP/1.1 200" in read(connection)


def test_clients_at_once_are_answered_as_each_alone(
    served: tuple[tuple[str, int], Log],
) -> None:
    address, _ = served

    def ask(number: int) -> str:
        asked = HELLO | {"messages": [{"role": "user", "content": f"hello {number}"}]}
        with send(address, asked) as connection:
            return json.loads(read(connection).partition("\r\n\r\n")[2])["choices"][0]["message"][
                "content"
            ]

    async def together() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(ask, n) for n in range(8)))

    assert asyncio.run(together()) == [ask(number) for number in range(8)]


def test_the_document_tells_of_what_is_there_and_answers_are_as_it_says(
    client: TestClient,
) -> None:
    document = client.get("/openapi.json").json()
    validate(document)
    assert {CHAT, "/v1/completions"} <= document["paths"].keys()
    assert "/v1/embeddings" not in document["paths"]
    operation = document["paths"][CHAT]["post"]
    sent = operation["requestBody"]["content"]["application/json"]["schema"]
    got = operation["responses"]["200"]["content"]["application/json"]["schema"]
    components = {"components": document["components"]}
    asked = HELLO | {
        "max_tokens": 4,
        "temperature": 0.5,
        "seed": 1,
        "stop": ["x"],
        "logprobs": True,
    }
    check = jsonschema.Draft202012Validator
    jsonschema.validate(asked, sent | components, check)
    jsonschema.validate(client.post(CHAT, json=asked).json(), got | components, check)
    refused = client.post(CHAT, json=asked | {"n": 0}).json()
    wrong = operation["responses"]["400"]["content"]["application/json"]["schema"]
    jsonschema.validate(refused, wrong | components, check)
