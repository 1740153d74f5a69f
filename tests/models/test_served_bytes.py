"""Every shipped model by `samovar serve`: each golden example, with the bytes of the function."""

import asyncio
from math import prod
from typing import Any

import orjson
import pytest
from samovar.edges.hot import HotDoor
from samovar.edges.plain import PlainDoor
from samovar.service import Service
from samovar.settings import Settings

from tests.conftest import Log
from tests.gateway_events import answer_body, http_event
from tests.models.conftest import MODELS

NAMES = sorted(path.parent.name for path in MODELS.glob("*/model.lock"))
_NOTHING = {"BYTES": "", "BOOL": False}
_PARAMETERS = '{"max_tokens": 2}'  # of a generation, which would go on for long otherwise
LIGHT = [name for name in NAMES if not name.startswith("whisper")]  # seconds a sound


@pytest.fixture(scope="module")
def doors(real_service: Service, real_settings: Settings) -> tuple[HotDoor, PlainDoor]:
    """Both doors over the same models."""
    log = Log(real_settings)
    plain = PlainDoor(real_service, real_settings, log.observer, lambda: None)
    plain._life.refusal = None
    return HotDoor(real_service, real_settings, log.observer), plain


def by_function(door: HotDoor, path: str, body: bytes, headers: dict[str, str]) -> Any:
    answer = door(http_event("POST", path, body, headers), None)
    return answer["statusCode"], answer_body(answer)


def by_server(door: PlainDoor, path: str, body: bytes, headers: dict[str, str]) -> Any:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    sent: list[Any] = []

    asked = [{"type": "http.request", "body": body}]

    async def receive() -> Any:
        if not asked:
            await asyncio.Event().wait()  # a client that waits for its answer says nothing more
        return asked.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": raw}
    asyncio.run(door(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("name", LIGHT)
def test_predict_of_each_golden_example(
    name: str, doors: tuple[HotDoor, PlainDoor], real_service: Service
) -> None:
    for example in real_service.spec(name).examples:
        headers = {"content-type": example.payload.content_type, "x-request-id": "same"}
        call = (f"/v1/models/{name}/predict", example.payload.body, headers)
        expected = by_function(doors[0], *call)
        assert expected[0] == 200
        assert by_server(doors[1], *call) == expected


@pytest.mark.parametrize("binary", [False, True], ids=["JSON", "binary"])
@pytest.mark.parametrize("name", LIGHT)
def test_infer_of_small_tensors(
    name: str, binary: bool, doors: tuple[HotDoor, PlainDoor], real_service: Service
) -> None:
    body = request_of(real_service, name, binary)
    call = (f"/v2/models/{name}/infer", body, {"x-request-id": "same"})
    expected = by_function(doors[0], *call)
    assert by_server(doors[1], *call) == expected
    assert expected[0] in (200, 400)  # a picture of one pixel may be none to read


def request_of(service: Service, name: str, binary: bool) -> bytes:
    """Zeros, or empty texts, in the smallest shape that the signature allows."""
    inputs = []
    for tensor in service.describe(name).signature.inputs:
        shape = [max(size, 1) for size in tensor.shape]
        nothing = _NOTHING.get(tensor.datatype, 0)
        data = [_PARAMETERS if tensor.name == "parameters" else nothing] * prod(shape)
        named = {"name": tensor.name, "datatype": tensor.datatype}
        inputs.append({**named, "shape": shape, "data": data})
    wanted = {"parameters": {"binary_data_output": True}} if binary else {}
    return orjson.dumps({"inputs": inputs, **wanted})
