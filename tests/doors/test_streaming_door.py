"""The streaming door: every answer of the other doors, piece by piece where it comes so."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from samovar.edges.hot import HotDoor
from samovar.edges.messages import Response
from samovar.edges.streaming import Opened, StreamDoor
from samovar.errors import ModelRunFailed
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.conftest import Log
from tests.gateway_events import http_event
from tests.onnx_models import doubled, write_folder
from tests.tiny_generation import write_babble

CHAT = "/v1/chat/completions"
HELLO = {"model": "babble", "messages": [{"role": "user", "content": "hello"}]}


class Context:
    """Lambda's, with as much time left as a test gives it."""

    aws_request_id = "function-id"

    def __init__(self, *left_ms: int) -> None:
        self._left_ms = list(left_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms.pop(0) if self._left_ms else 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_babble(tmp_path_factory.mktemp("models"))
    write_folder(folder, "plain", doubled())
    return folder


@pytest.fixture
def door(folder: Path, log: Log) -> StreamDoor:
    settings = Settings(models_dir=folder, memory_mb=1769)
    return StreamDoor(build_service(settings), settings, log.observer)


def chat(**asked: Any) -> dict[str, Any]:
    return http_event("POST", CHAT, json.dumps(HELLO | asked).encode())


def body(opened: Opened) -> bytes:
    return b"".join(opened.pieces)


def events(said: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in said.decode().split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def test_a_text_comes_token_by_token_and_is_the_text_of_the_whole_answer(door: StreamDoor) -> None:
    opened = door.open(chat(stream=True, max_tokens=7), Context())
    assert opened.prelude["statusCode"] == 200
    assert opened.prelude["headers"]["content-type"] == "text/event-stream"
    pieces = list(opened.pieces)
    *found, last = events(b"".join(pieces))
    assert (last, len(pieces) > 7) == ("[DONE]", True)
    said = "".join(one["choices"][0]["delta"].get("content", "") for one in found)
    whole = json.loads(body(door.open(chat(max_tokens=7), Context())))
    assert whole["choices"][0]["message"]["content"] == said


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", CHAT, {**HELLO, "max_tokens": 4}),
        ("POST", CHAT, {"model": "babble"}),
        ("POST", CHAT, {"model": "none", "messages": HELLO["messages"]}),
        ("POST", "/v2/models/plain/infer", {"inputs": []}),
        ("POST", "/v1/models/none/predict", {"text": "x"}),
        ("GET", "/v2/models/stats", None),
    ],
)
def test_what_the_hot_door_answers_is_answered_with_the_same_bytes(
    folder: Path, log: Log, method: str, path: str, sent: Any
) -> None:
    settings = Settings(models_dir=folder, memory_mb=1769)
    event = http_event(method, path, json.dumps(sent).encode() if sent else b"")
    stream = StreamDoor(build_service(settings), settings, log.observer)
    opened = stream.open(event, Context())
    wanted = HotDoor(build_service(settings), settings, log.observer)(event, Context())
    said = body(opened).decode()
    assert opened.prelude["statusCode"] == wanted["statusCode"]
    assert opened.prelude["headers"] == wanted["headers"]
    assert without_time(said) == without_time(wanted["body"])


def without_time(said: str) -> Any:
    found = json.loads(said)
    found.pop("created", None)
    found.pop("model_stats", None)
    return found


@pytest.mark.parametrize("path", ["/v1/models", "/v2/health/ready", "/openapi.json", "/docs"])
def test_what_the_wide_door_answers_is_answered_here_too(door: StreamDoor, path: str) -> None:
    opened = door.open(http_event("GET", path), Context())
    assert (opened.prelude["statusCode"], bool(body(opened))) == (200, True)


def test_what_nobody_answers_is_refused(door: StreamDoor, log: Log) -> None:
    opened = door.open(http_event("GET", "/v1/nothing"), Context())
    assert json.loads(body(opened))["code"] == "route_not_found"
    assert opened.prelude["statusCode"] == 404
    wrong = door.open(http_event("GET", CHAT), Context())
    assert wrong.prelude["statusCode"] == 405
    assert body(wrong)


def test_a_thing_that_is_no_event_is_refused_and_no_traceback_is_told(door: StreamDoor) -> None:
    opened = door.open([], Context())  # type: ignore[arg-type]  # what a stranger sends
    assert opened.prelude["statusCode"] == 400
    assert json.loads(body(opened))["code"] == "invalid_input"


def test_the_log_has_the_line_when_the_last_piece_is_sent(door: StreamDoor, log: Log) -> None:
    opened = door.open(chat(stream=True, max_tokens=3), Context())
    first = next(opened.pieces)
    assert not log.lines()
    said = first + body(opened)
    (line,) = [one for one in log.lines() if one["message"] == "request"]
    assert (line["door"], line["action"], line["model"]) == ("stream", "chat", "babble")
    assert (line["status"], line["bytes_out"]) == (200, len(said))


def test_a_client_that_goes_is_in_the_log_and_its_text_is_not_made(
    door: StreamDoor, log: Log
) -> None:
    opened = door.open(chat(stream=True, max_tokens=100), Context())
    next(opened.pieces)
    opened.pieces.close()
    (line,) = [one for one in log.lines() if one["message"] == "request"]
    assert line["status"] == 499


def test_a_stream_that_runs_out_of_time_says_so_and_ends(door: StreamDoor, log: Log) -> None:
    opened = door.open(chat(stream=True, max_tokens=100), Context(9_000, 5_000, 900))
    *_, last = events(body(opened))
    assert last["error"]["code"] == "deadline_exceeded"
    (line,) = [one for one in log.lines() if one["message"] == "request"]
    assert line["code"] == "deadline_exceeded"


@pytest.mark.parametrize(
    ("error", "code"),
    [(ModelRunFailed("the graph"), "model_run_failed"), (OSError(), "internal_error")],
)
def test_an_error_in_the_middle_is_the_last_event_and_no_silent_end(
    door: StreamDoor, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def pieces() -> Generator[bytes, None, None]:
        yield b"data: {}\n\n"
        raise error

    broken = Response(200, b"", "text/event-stream", pieces=pieces())
    monkeypatch.setattr(door, "_answer", lambda request, seen: broken)
    *_, last = events(body(door.open(chat(stream=True), Context())))
    assert last["code"] == code


def test_called_as_a_plain_handler_it_answers_in_one_piece(door: StreamDoor) -> None:
    """Where its own runtime client is not at work: `sam local invoke`, or a test."""
    answer = door(chat(stream=True, max_tokens=3), Context())
    assert answer["statusCode"] == 200
    assert events(answer["body"].encode())[-1] == "[DONE]"
