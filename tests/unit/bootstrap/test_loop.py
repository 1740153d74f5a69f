"""Our runtime client under the Runtime API, as the twin has it: what reaches whom, and when."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samovar.bootstrap import loop
from samovar.bootstrap.runtime_api import RuntimeApi
from samovar.edges.streaming import Opened
from samovar_cli.twin.runtime_api import RuntimeApi as PlatformsApi

from tests.unit.bootstrap.platform import Platform

_END_OF_PRELUDE = bytes(8)
Start = Callable[[Any], Platform]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a platform with a handler; each is closed in the end."""
    begun: list[Platform] = []

    def make(opened: Any) -> Platform:
        begun.append(Platform(opened))
        return begun[-1]

    yield make
    for platform in begun:
        platform.close()


def saying(*pieces: bytes, status: int = 200) -> Any:
    """A handler that says the same pieces to everybody."""

    def opened(event: Any, context: Any) -> Opened:
        return Opened({"statusCode": status, "headers": {"x": "y"}}, (one for one in pieces))

    return opened


def parted(said: bytes) -> tuple[Any, bytes]:
    head, end, body = said.partition(_END_OF_PRELUDE)
    assert end
    return json.loads(head), body


def test_an_answer_begins_with_its_status_and_comes_piece_by_piece(start: Start) -> None:
    heard: list[bytes] = []
    platform = start(saying(b"one", b"two", status=201))
    outcome, said = platform.streamed({}, lambda piece, pipe: heard.append(piece))
    assert parted(said) == ({"statusCode": 201, "headers": {"x": "y"}}, b"onetwo")
    assert heard[1:] == [b"one", b"two"]
    assert outcome.error == ""


@given(st.lists(st.binary(max_size=200), max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_arrives_in_its_order_and_nothing_else_does(
    start: Start, pieces: list[bytes]
) -> None:
    heard: list[bytes] = []
    _, said = start(saying(*pieces)).streamed({}, lambda piece, pipe: heard.append(piece))
    assert parted(said)[1] == b"".join(pieces)
    assert heard[1:] == [piece for piece in pieces if piece]


def test_a_runtime_that_hangs_up_in_the_middle_is_told_of_and_not_taken_for_an_end(
    start: Start,
) -> None:
    def opened(event: Any, context: Any) -> Opened:
        stream = RuntimeApi(platform.address).answer(context.aws_request_id, {"statusCode": 200})
        stream.write(b"half")
        stream.close()
        heard.wait(10)  # as a process that hangs: it says nothing more
        return Opened({"statusCode": 200}, (b"" for _ in range(0)))

    heard = threading.Event()
    platform = start(opened)
    outcome, said = platform.streamed({})
    heard.set()
    assert outcome.error == "Unhandled"
    assert json.loads(outcome.payload)["errorType"] == "Runtime.TruncatedResponse"
    assert b"half" in said


def test_an_answer_without_a_body_has_its_status(start: Start) -> None:
    prelude, body = parted(start(saying(b"", status=204)).streamed({})[1])
    assert (prelude["statusCode"], body) == (204, b"")


def test_who_does_not_listen_to_pieces_gets_the_same_bytes_at_once(start: Start) -> None:
    platform = start(saying(b"one", b"two"))
    assert parted(platform.whole({}).payload) == parted(platform.streamed({})[1])


def test_a_process_answers_one_event_after_the_other_and_is_told_of_each(start: Start) -> None:
    seen: list[tuple[Any, str, int]] = []

    def opened(event: Any, context: Any) -> Opened:
        left_ms = context.get_remaining_time_in_millis()
        seen.append((event["n"], context.aws_request_id, left_ms))
        return Opened({"statusCode": 200}, (bytes([65 + event["n"]]) for _ in range(1)))

    platform = start(opened)
    for number in range(3):
        assert parted(platform.streamed({"n": number})[1])[1] == bytes([65 + number])
    assert [number for number, _, _ in seen] == [0, 1, 2]
    assert len({name for _, name, _ in seen}) == 3
    assert all(0 < left_ms <= 20_000 for _, _, left_ms in seen)


def test_a_large_piece_and_a_large_event_arrive_whole(start: Start) -> None:
    def opened(event: Any, context: Any) -> Opened:
        return Opened({"statusCode": 200}, (event["text"].encode() for _ in range(2)))

    text = "x" * 3_000_000
    assert parted(start(opened).streamed({"text": text})[1])[1] == text.encode() * 2


def test_a_client_that_goes_ends_the_work(start: Start) -> None:
    made: list[int] = []

    def endless() -> Generator[bytes, None, None]:
        try:
            while True:
                made.append(len(made))
                yield b"piece"
                time.sleep(0.01)
        finally:
            made.append(-1)

    platform = start(lambda event, context: Opened({"statusCode": 200}, endless()))
    outcome, _ = platform.streamed({}, lambda piece, pipe: pipe.leave())
    assert outcome.error == ""
    deadline = time.monotonic() + 15
    while made[-1:] != [-1] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert made[-1] == -1  # else it would go on for ever


def test_after_a_client_has_gone_the_next_one_is_answered(start: Start) -> None:
    platform = start(saying(b"one", *[b"more"] * 50))
    platform.streamed({}, lambda piece, pipe: pipe.leave())
    assert parted(platform.streamed({})[1])[1] == b"one" + b"more" * 50


def test_an_error_before_the_first_byte_is_the_invocations(start: Start) -> None:
    def opened(event: Any, context: Any) -> Opened:
        raise ValueError("a secret of the client's")

    outcome, said = start(opened).streamed({})
    assert (outcome.error, said) == ("Unhandled", b"")
    assert json.loads(outcome.payload)["errorType"] == "ValueError"
    assert b"secret" not in outcome.payload


def test_an_error_in_the_middle_is_told_in_the_trailers(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    def pieces() -> Generator[bytes, None, None]:
        yield b"one"
        raise RuntimeError("terces"[::-1])  # a traceback quotes the source

    platform = start(lambda event, context: Opened({"statusCode": 200}, pieces()))
    outcome, said = platform.streamed({})
    assert parted(said)[1] == b"one"
    assert outcome.error == "Unhandled"
    assert json.loads(outcome.payload)["errorType"] == "RuntimeError"
    assert "secret" not in capsys.readouterr().err


def test_a_function_that_cannot_be_imported_says_so_and_ends(start: Start) -> None:
    platform = start(None)
    environment = {"AWS_LAMBDA_RUNTIME_API": platform.address, "_HANDLER": "no_such.handler"}
    with pytest.raises(SystemExit):
        loop.run(environment)
    fault = platform.api.ready.result()
    assert fault is not None
    assert json.loads(fault.payload)["errorType"] == "ModuleNotFoundError"


@pytest.mark.parametrize("turns", range(6))
def test_a_platform_that_goes_hangs_up_on_whoever_has_just_come(turns: int) -> None:
    async def left() -> bytes:
        api = PlatformsApi("arn")
        host, _, port = (await api.open()).rpartition(":")
        with socket.create_connection((host, int(port))) as client:
            for _ in range(turns):  # in which it is accepted, step by step
                await asyncio.sleep(0)
            await api.close()
            client.setblocking(False)
            with suppress(ConnectionResetError):
                return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 1), 10)
        return b""

    assert asyncio.run(left()) == b""
