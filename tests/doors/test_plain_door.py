"""The plain door as an application: when it takes requests, what it tells and what it keeps."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import orjson
import pytest
from samovar.edges.plain import PlainDoor
from samovar.errors import ModelFault, SamovarError
from samovar.serve import plain_app
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload

from tests.conftest import Log
from tests.onnx_models import doubled, write_folder

INFER = "/v2/models/affine/infer"
BODY = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}'


def scope(method: str, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return {"type": "http", "method": method, "path": path, "headers": raw}


async def ask(
    door: PlainDoor, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Status, document and headers of an answer; nothing at all where none was sent."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    await door(scope(method, path, named), receive, send)
    got = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], orjson.loads(sent[1]["body"]), got


class Life:
    """The server's part of ASGI's lifespan, around a door."""

    def __init__(self, door: PlainDoor) -> None:
        self._door = door
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self.said: list[str] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(
            self._door({"type": "lifespan"}, self._receive, self._send)
        )
        self._told.put_nowait("lifespan.startup")
        while not self.said:
            await asyncio.sleep(0.001)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._told.put_nowait("lifespan.shutdown")
        await self._task
        assert self.said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]

    async def _receive(self) -> Any:
        return {"type": await self._told.get()}

    async def _send(self, message: Any) -> None:
        self.said.append(message["type"])


def made(service: Service, settings: Settings, log: Log, warm_up: Any = lambda: None) -> PlainDoor:
    return PlainDoor(service, settings, log.observer, warm_up)


async def until_ready(door: PlainDoor) -> None:
    while (await ask(door, "GET", "/v2/health/ready"))[0] != 200:
        await asyncio.sleep(0.001)


def test_before_it_is_warm_it_tells_of_models_and_runs_none(
    service: Service, settings: Settings, log: Log
) -> None:
    warm = threading.Event()

    async def live() -> None:
        door = made(service, settings, log, lambda: warm.wait(30))
        async with Life(door):
            for path in ("/v2/health/live", "/v2/models/affine", "/v1/models", "/v2"):
                assert (await ask(door, "GET", path))[0] == 200
            status, document, headers = await ask(door, "POST", INFER, BODY)
            assert (status, document["code"]) == (503, "model_not_ready")
            assert headers["retry-after"] == "1"
            assert (await ask(door, "GET", "/v2/health/ready"))[0] == 503
            warm.set()
            await until_ready(door)
            assert (await ask(door, "POST", INFER, BODY))[0] == 200

    asyncio.run(live())


@pytest.mark.parametrize(
    ("fault", "told"),
    [(ModelFault("its answers are wrong"), "its answers are wrong"), (ValueError("x"), "the log")],
)
def test_a_model_that_cannot_be_served_is_told_to_whoever_asks(
    fault: Exception, told: str, service: Service, settings: Settings, log: Log
) -> None:
    def warm_up() -> None:
        raise fault

    async def live() -> None:
        door = made(service, settings, log, warm_up)
        async with Life(door):
            document: Any = {}
            while told not in document.get("error", ""):
                status, document, _ = await ask(door, "GET", "/v2/health/ready")
                assert status == 503
                await asyncio.sleep(0.001)

    asyncio.run(live())
    assert log.lines()[-1]["level"] in {"INFO", "WARNING", "ERROR"}


def test_more_at_once_than_it_takes_are_refused_and_told_when_to_come_again(
    service: Service, settings: Settings, log: Log
) -> None:
    free = threading.Event()

    class Slow(Service):
        def predict(self, model: str, version: str, payload: Payload) -> Payload:
            free.wait(30)
            return service.predict(model, version, payload)

    async def live() -> None:
        slow = Slow(service._store, service._host)
        door = made(slow, replace_settings(settings, in_flight=2), log)
        async with Life(door):
            await until_ready(door)
            taken = [asyncio.create_task(ask(door, "POST", INFER, BODY)) for _ in range(2)]
            while door._active < 2:
                await asyncio.sleep(0.001)
            status, document, headers = await ask(door, "POST", INFER, BODY)
            assert (status, document["code"]) == (429, "overloaded")
            assert headers["retry-after"] == "1"
            assert (await ask(door, "GET", "/v2/health/ready"))[0] == 200
            draining = asyncio.create_task(door.drain(30))
            await asyncio.sleep(0.05)
            assert not draining.done()
            free.set()
            assert [(await each)[0] for each in taken] == [200, 200]
            await draining
            assert (await ask(door, "POST", INFER, BODY))[1]["code"] == "unavailable"

    asyncio.run(live())


def replace_settings(settings: Settings, **changes: Any) -> Settings:
    values = {name: getattr(settings, name) for name in ("models_dir", "memory_mb")}
    return Settings(**values, **changes)


def warm(service: Service, settings: Settings, log: Log) -> PlainDoor:
    door = made(service, settings, log)
    door._life.refusal = None
    return door


def test_a_client_that_hangs_up_is_answered_nothing_and_logged(
    service: Service, settings: Settings, log: Log
) -> None:
    door = warm(service, settings, log)
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    asyncio.run(door(scope("POST", INFER), receive, send))
    assert [line["status"] for line in log.lines()] == [499]


def test_a_body_that_does_not_come_to_its_end_in_time_is_refused(
    service: Service, settings: Settings, log: Log
) -> None:
    door = warm(service, replace_settings(settings, timeout_s=1), log)
    door._settings = replace_settings(settings, timeout_s=0.05)
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        return parts.pop(0) if parts else await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door(scope("POST", INFER), receive, send))
    assert sent[0]["status"] == 503
    assert b"did not come in time" in sent[1]["body"]


def test_a_fault_of_ours_shows_an_id_and_nothing_of_the_inside(
    service: Service, settings: Settings, log: Log
) -> None:
    class Broken(Service):
        def predict(self, model: str, version: str, payload: Payload) -> Payload:
            raise RuntimeError("secret of the inside")

    door = warm(Broken(service._store, service._host), settings, log)
    status, document, headers = asyncio.run(ask(door, "POST", INFER, BODY))
    assert (status, document["code"]) == (500, "internal_error")
    assert headers["x-request-id"] in document["error"]
    assert "secret" not in orjson.dumps(document).decode()
    fault, line = log.lines()
    assert (fault["exception_name"], line["status"]) == ("RuntimeError", 500)


def test_an_id_that_is_none_is_replaced_and_names_of_paths_are_no_metrics(
    service: Service, settings: Settings, log: Log
) -> None:
    door = warm(service, settings, log)
    _, _, headers = asyncio.run(
        ask(door, "POST", "/v2/models/made-up/infer", BODY, x_request_id="two words")
    )
    assert len(headers["x-request-id"]) == 32
    (line,) = log.lines()
    assert (line["model"], line["action"], line["code"]) == ("none", "infer", "model_not_found")


def test_nothing_becomes_a_job_here(tmp_path: Path, log: Log) -> None:
    write_folder(tmp_path, "large", doubled(), 'lane = "heavy"\n')
    door = plain_app(Settings(models_dir=tmp_path))
    door._life.refusal = None
    body = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}'
    asked = ask(door, "POST", "/v2/models/large/infer", body, prefer="respond-async")
    status, document, _ = asyncio.run(asked)
    assert (status, document["outputs"][0]["data"]) == (200, [2, 4])


def test_paths_that_clients_make_up_do_not_pile_up(
    service: Service, settings: Settings, log: Log
) -> None:
    door = warm(service, settings, log)
    for number in range(3000):
        with pytest.raises(SamovarError):
            door._paths.find("GET", f"/made-up/{number}")
        door._paths.find("GET", f"/v1/models/made-up-{number}")
    assert len(door._paths._remembered) <= 1024
