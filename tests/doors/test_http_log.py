"""One line a request, whatever became of it; and the id that leads to it."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.conftest import Handler
from tests.gateway_events import http_event

TEXT = {"content-type": "text/plain"}


def test_an_answer_is_one_line_with_what_was_asked(client: TestClient, log: Log) -> None:
    answer = client.post("/v1/models/mood/predict", content=b"great", headers=TEXT)
    (line,) = log.lines()
    assert (line["door"], line["action"], line["model"]) == ("http", "predict", "mood")
    assert (line["status"], line["code"], line["faults"]) == (200, "", 0)
    assert (line["bytes_in"], line["bytes_out"]) == (5, len(answer.content))
    assert line["request_id"] == answer.headers["x-request-id"] == answer.json()["id"]
    assert line["duration_ms"] > 0


@pytest.mark.parametrize(
    ("path", "action", "status", "code"),
    [
        ("/v2/models/nobody", "metadata", 404, "model_not_found"),
        ("/nothing/here", "", 404, "route_not_found"),
        ("/v2/models/mood/infer", "", 405, "method_not_allowed"),
    ],
)
def test_a_refusal_is_a_line_that_has_no_name_of_the_clients_making(
    client: TestClient, log: Log, path: str, action: str, status: int, code: str
) -> None:
    client.get(path)
    (line,) = log.lines()
    assert (line["action"], line["status"], line["code"]) == (action, status, code)
    assert line["model"] == "none"


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/models/nobody", "/nothing", "/v1/models"])
def test_every_answer_has_the_clients_own_id_where_it_is_sane(
    client: TestClient, path: str
) -> None:
    sent = client.get(path, headers={"x-request-id": "trace-7"})
    assert sent.headers["x-request-id"] == "trace-7"
    for bad in ("a b", "x" * 129, ""):
        made = client.get(path, headers={"x-request-id": bad}).headers["x-request-id"]
        assert made not in ("", bad)


def test_in_a_function_the_id_is_the_gateways(
    wide: Handler, log: Log, context: Callable[[], Any]
) -> None:
    answer = wide(http_event("GET", "/v2", request_id="JKJaXmPLvHcESHA="), context())
    (line,) = log.lines()
    assert answer["headers"]["x-request-id"] == line["request_id"] == "JKJaXmPLvHcESHA="
    assert line["function_request_id"] == context().aws_request_id


def test_no_line_has_a_body_a_header_or_a_path(client: TestClient, log: Log) -> None:
    client.post(
        "/v1/models/mood/predict?key=hidden-query",
        content=b"hidden-body",
        headers={**TEXT, "authorization": "hidden-header"},
    )
    client.get("/hidden-path")
    assert "hidden" not in str(log.lines())
