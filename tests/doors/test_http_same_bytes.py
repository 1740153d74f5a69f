"""One request, three doors: the hot door, the application, the application behind Mangum."""

import gzip
import struct
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import pytest
from samovar.edges.hot import HotDoor
from starlette.testclient import TestClient

from tests.doors.conftest import Handler
from tests.gateway_events import answer_body, http_event, rest_event

ID = {"x-request-id": "one-request"}
PROTOCOL = (
    "content-type",
    "content-encoding",
    "inference-header-content-length",
    "vary",
    "allow",
    "retry-after",
    "x-request-id",
)
JSON = {"content-type": "application/json"}


class Case(NamedTuple):
    path: str
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    status: int = 200
    method: str = "POST"


def infer(name: str, datatype: str, shape: list[int], data: Any, **more: Any) -> bytes:
    return orjson.dumps(
        {"inputs": [{"name": name, "datatype": datatype, "shape": shape, "data": data}], **more}
    )


AFFINE = infer("x", "FP32", [1, 3], [1, 2, 3])
MANY = infer("x", "FP32", [1000, 3], [0.5] * 3000)
HEAD = orjson.dumps(
    {
        "inputs": [
            {
                "name": "x",
                "datatype": "FP32",
                "shape": [1, 3],
                "parameters": {"binary_data_size": 12},
            }
        ],
        "parameters": {"binary_data_output": True},
    }
)
BINARY = HEAD + struct.pack("<3f", 1, 2, 3)
SIZE = {"inference-header-content-length": str(len(HEAD))}
AT = "/v2/models/affine/infer"

CASES = {
    "infer in JSON": Case(AT, AFFINE),
    "infer in JSON that says so": Case(AT, AFFINE, JSON),
    "a version": Case("/v2/models/affine/versions/1/infer", AFFINE),
    "a slash at the end": Case(f"{AT}/", AFFINE),
    "an escaped name": Case("/v2/models/%61ffine/infer", AFFINE),
    "the client's own id": Case(AT, infer("x", "FP32", [0, 3], [], id="mine")),
    "binary": Case(AT, BINARY, SIZE),
    "raw": Case(AT, struct.pack("<3f", 1, 2, 3), {"inference-header-content-length": "0"}),
    "gzip in": Case(AT, gzip.compress(BINARY), {**SIZE, "content-encoding": "gzip"}),
    "deflate in": Case(AT, zlib.compress(AFFINE), {"content-encoding": "deflate"}),
    "gzip out": Case(AT, MANY, {"accept-encoding": "gzip, deflate"}),
    "deflate out": Case(AT, MANY, {"accept-encoding": "deflate;q=1"}),
    "gzip of binary out": Case(
        AT,
        infer("x", "FP32", [1000, 3], [1] * 3000, parameters={"binary_data_output": True}),
        {"accept-encoding": "gzip"},
    ),
    "strings": Case("/v2/models/echo/infer", infer("text", "BYTES", [1, 1], ["žluťoučký"])),
    "a text in place of tensors": Case("/v2/models/mood/infer", infer("text", "BYTES", [1], ["a"])),
    "predict a text": Case("/v1/models/mood/predict", b"great", {"content-type": "text/plain"}),
    "predict JSON": Case("/v1/models/price/predict", b'{"row": [2, 3]}', JSON),
    "predict CSV": Case(
        "/v1/models/price/predict", b"rooms,area\n1,2\n", {"content-type": "text/csv"}
    ),
    "an unknown model": Case("/v2/models/nobody/infer", AFFINE, status=404),
    "an unknown version": Case("/v2/models/affine/versions/9/infer", AFFINE, status=404),
    "an escaped slash": Case("/v2/models/a%2Fb/infer", AFFINE, status=404),
    "a name that is no UTF-8": Case("/v2/models/%ff%zz/infer", AFFINE, status=404),
    "no name": Case("/v2/models//infer", AFFINE, status=404),
    "another route": Case("/v2/models/affine/predict", AFFINE, status=404),
    "not JSON": Case(AT, b"{", status=400),
    "a wrong shape": Case(AT, infer("x", "FP32", [1, 4], [1, 2, 3, 4]), status=400),
    "a wrong header": Case(AT, BINARY, {"inference-header-content-length": "many"}, 400),
    "not gzip": Case(AT, AFFINE, {"content-encoding": "gzip"}, 400),
    "an unknown encoding": Case(AT, AFFINE, {"content-encoding": "br"}, 415),
    "a wrong media type": Case(
        "/v1/models/mood/predict", b"x", {"content-type": "image/png"}, status=415
    ),
    "too large": Case(AT, b" " * (6 * 1024 * 1024 + 1), status=413),
    "a bomb": Case(
        AT, gzip.compress(b" " * (6 * 1024 * 1024 + 1)), {"content-encoding": "gzip"}, 413
    ),
    "an index out of range": Case(
        "/v2/models/gather/infer", infer("indices", "INT64", [1], [99]), status=400
    ),
    "a wrong method": Case(AT, b"", status=405, method="PUT"),
}


class Seen(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


def seen(answer: dict[str, Any]) -> Seen:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    protocol = {name: headers[name] for name in PROTOCOL if name in headers}
    return Seen(answer["statusCode"], answer_body(answer), protocol)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_doors_answer_the_same_request_with_the_same_bytes(
    case: Case, hot: HotDoor, wide: Handler, client: TestClient, context: Any
) -> None:
    sent = {**ID, **case.headers}
    event = http_event(case.method, case.path, case.body, sent)
    expected = seen(hot(event, context()))
    assert expected.status == case.status
    assert seen(wide(event, context())) == expected

    quiet = {"accept-encoding": "", "accept": "*/*"}  # what the test client would say by itself
    with client.stream(
        case.method, case.path, content=case.body, headers={**quiet, **sent}
    ) as reply:
        body = b"".join(reply.iter_raw())
    protocol = {name: reply.headers[name] for name in PROTOCOL if name in reply.headers}
    assert Seen(reply.status_code, body, protocol) == expected


@pytest.mark.parametrize("name", ["infer in JSON", "binary", "predict a text", "not JSON"])
def test_an_event_of_a_rest_api_is_answered_with_the_same_bytes(
    name: str, hot: HotDoor, wide: Handler, context: Any
) -> None:
    case = CASES[name]
    event = rest_event(case.method, case.path, case.body, {**ID, **case.headers})
    other = http_event(case.method, case.path, case.body, {**ID, **case.headers})
    expected = seen(hot(other, context()))
    assert seen(hot(event, context())) == expected
    assert seen(wide(event, context())) == expected


def test_a_named_stage_is_no_part_of_the_path(hot: HotDoor, wide: Handler, context: Any) -> None:
    event = http_event("POST", AT, AFFINE, ID, stage="prod")
    assert hot(event, context())["statusCode"] == 200
    assert seen(wide(event, context())) == seen(hot(event, context()))
