"""The twin's streaming door: what a function streams reaches the client, and who leaves ends it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from samovar.errors import CommandFailed
from samovar_cli.twin.application import Application, Cors, Front, Function
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled
from samovar_cli.twin.options import Options
from samovar_cli.twin.pipe import Pipe
from samovar_cli.twin.servers import listen, listen_beside, url_of
from samovar_cli.twin.stream_gateway import BrokenOff, StreamGateway

HTTP = "application/vnd.awslambda.http-integration-response"
Play = Callable[[Pipe, dict[str, Any]], Awaitable[Outcome | Throttled]]


class Client:
    """One request to the door, and what comes of it; `leaves_after` body parts it hangs up."""

    def __init__(self, path: str = "/x", leaves_after: int = -1, **headers: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._asked = False
        self._left = asyncio.Event()
        self._leaves_after = leaves_after
        names = {"host": "h:1", **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.scope = {
            "type": "http",
            "method": "POST",
            "raw_path": path.encode(),
            "path": path,
            "query_string": b"a=1&a=2",
            "http_version": "1.1",
            "headers": [(k.encode(), v.encode()) for k, v in names.items()],
        }

    async def receive(self) -> dict[str, Any]:
        if self._asked:
            await self._left.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"hello"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) - 1 == self._leaves_after:
            self._left.set()
            await asyncio.sleep(0)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {k.decode(): v.decode() for k, v in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(one["body"] for one in self.sent[1:])


def ask(play: Play, client: Client, front: Front | None = None) -> Client:
    """The client's request, through the door, to a function that plays."""

    async def invoke(function: str, invocation: Invocation) -> Outcome | Throttled:
        assert (function, invocation.pipe is not None) == ("Stream", True)
        assert invocation.pipe
        return await play(invocation.pipe, json.loads(invocation.event))

    async def run() -> None:
        door = StreamGateway(front or Front("Stream"), "api", invoke)
        await asyncio.wait_for(door(client.scope, client.receive, client.send), 10)

    asyncio.run(run())
    return client


def prelude(status: int = 200, **headers: str) -> bytes:
    said = {"statusCode": status, "headers": headers, "cookies": ["a=b"]}
    return json.dumps(said).encode() + bytes(8)


async def two_pieces(pipe: Pipe, event: dict[str, Any]) -> Outcome:
    pipe.begin(HTTP, lambda: None)
    first = prelude(201, **{"Content-Type": "text/plain", "content-length": "9"}) + b"one"
    for piece in (first[:7], first[7:], b"two"):
        await pipe.put(piece)
    return Outcome(b"")


def test_status_and_headers_are_the_functions_and_pieces_come_as_they_were_sent() -> None:
    client = ask(two_pieces, Client())
    assert (client.status, client.body) == (201, b"onetwo")
    assert [one["body"] for one in client.sent[1:]] == [b"one", b"two", b""]
    assert client.headers["content-type"] == "text/plain"
    assert client.headers["set-cookie"] == "a=b"
    assert "content-length" not in client.headers


def test_a_function_urls_event_has_payload_format_2() -> None:
    seen: list[dict[str, Any]] = []

    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        seen.append(event)
        return await two_pieces(pipe, event)

    ask(play, Client("/v1/a%20b", content_type="application/json"))
    (event,) = seen
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/v1/a b")
    assert (event["body"], event["rawQueryString"]) == ("hello", "a=1&a=2")


def test_a_rest_apis_event_has_payload_format_1_and_its_stage_is_no_part_of_the_path() -> None:
    seen: list[dict[str, Any]] = []

    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        seen.append(event)
        return await two_pieces(pipe, event)

    client = ask(play, Client("/live/v1/x"), Front("Stream", "live"))
    assert client.status == 201
    (event,) = seen
    assert ("version" in event, event["path"], event["requestContext"]["path"]) == (
        False,
        "/v1/x",
        "/live/v1/x",
    )
    assert (event["isBase64Encoded"], event["body"]) == (True, "aGVsbG8=")
    other = ask(play, Client("/v1/x"), Front("Stream", "live"))
    assert (other.status, len(seen)) == (403, 1)


def test_a_client_that_leaves_makes_the_platform_hang_up_on_the_function() -> None:
    hung_up: list[bool] = []

    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        pipe.begin(HTTP, lambda: hung_up.append(True))
        await pipe.put(prelude())
        while not pipe.gone:
            await pipe.put(b"more")
            await asyncio.sleep(0)
        return Outcome(b"")

    ask(play, Client(leaves_after=3))
    assert hung_up == [True]


def test_a_client_that_leaves_before_the_first_byte_ends_it_too() -> None:
    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        while not pipe.gone:
            await asyncio.sleep(0)
        return Outcome(b"")

    client = Client(leaves_after=-1)
    client._left.set()  # at once
    assert ask(play, client).sent == []


def test_a_function_that_breaks_off_cuts_the_connection_and_ends_nothing_well() -> None:
    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        pipe.begin(HTTP, lambda: None)
        await pipe.put(prelude() + b"half")
        return Outcome(b"{}", "Unhandled")

    client = Client()
    with pytest.raises(BrokenOff):
        ask(play, client)
    assert all(one["more_body"] for one in client.sent[1:])


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(b"{}", "Unhandled"), 502),
        (Throttled(), 429),
        (Outcome(b'{"statusCode": 202, "body": "x"}'), 202),
    ],
)
def test_what_streams_nothing_is_an_answer_of_its_own(
    outcome: Outcome | Throttled, status: int
) -> None:
    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome | Throttled:
        return outcome

    assert ask(play, Client()).status == status


def test_bytes_without_a_prelude_are_bytes() -> None:
    async def play(pipe: Pipe, event: dict[str, Any]) -> Outcome:
        pipe.begin("application/json", lambda: None)
        await pipe.put(b"raw")
        return Outcome(b"")

    client = ask(play, Client())
    assert (client.status, client.body) == (200, b"raw")
    assert client.headers["content-type"] == "application/octet-stream"


def test_pages_of_the_origins_that_are_named_may_call() -> None:
    front = Front("Stream", cors=Cors(("https://page.example",), ("POST",)))
    client = ask(two_pieces, Client(origin="https://page.example"), front)
    assert client.headers["access-control-allow-origin"] == "https://page.example"
    assert "access-control-allow-origin" not in ask(two_pieces, Client(), front).headers


def test_a_function_that_is_faster_than_its_client_waits() -> None:
    """As many pieces as may be on their way, and no more, are taken off its hands."""

    async def run() -> int:
        pipe, count = Pipe(), 0
        for _ in range(100):
            try:
                await asyncio.wait_for(pipe.put(b"x"), 0.02)
            except TimeoutError:
                break
            count += 1
        return count

    assert asyncio.run(run()) == 16


def test_a_function_behind_the_streaming_door_is_kept_warm() -> None:
    function = Function("Stream", "app-stream", "arn", "functions/stream")
    assert Application((function,), front=Front("Stream")).routed() == (function,)


def test_a_door_that_there_is_none_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="use one of url, rest, off"):
        Options(root=tmp_path, state=tmp_path / "s", streaming="sse").resolved().check()


def test_the_template_is_told_which_door_streams() -> None:
    assert Options().parameters["Streaming"] == "url"
    assert Options(streaming="rest").parameters["Streaming"] == "rest"


def test_two_twins_at_neighbouring_ports_do_not_quarrel_over_the_next_one() -> None:
    with listen(0) as first, listen_beside(first.getsockname()[1] - 1) as second:
        assert url_of(first) != url_of(second)
