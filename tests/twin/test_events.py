"""API Gateway's payload format 2.0, in both directions."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.twin.application import Route
from samovar_cli.twin.events import build_event, decoded_path, read_answer
from samovar_cli.twin.messages import HttpAnswer, HttpRequest
from samovar_cli.twin.routing import Match


def event_of(
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    path: str = "/a",
    query: str = "",
    parameters: dict[str, str] | None = None,
) -> dict[str, Any]:
    request = HttpRequest("POST", path, query, headers or [], body)
    match = Match(Route("POST /a", "f"), parameters or {})
    event: dict[str, Any] = json.loads(build_event(request, match, "api", "Root=1-2-3;Parent=4"))
    return event


def answer_of(result: object) -> HttpAnswer | None:
    return read_answer(json.dumps(result).encode())


def test_an_event_has_the_fields_of_format_2() -> None:
    event = event_of([("host", "127.0.0.1:8000"), ("user-agent", "curl/8")])
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"] == "POST /a"
    assert event["rawPath"] == context["http"]["path"] == "/a"
    assert context["http"] == {
        "method": "POST",
        "path": "/a",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8",
    }
    assert context["stage"] == "$default"
    assert isinstance(context["timeEpoch"], int)
    assert context["requestId"]


def test_what_a_request_lacks_is_left_out_of_the_event() -> None:
    absent = {"body", "cookies", "queryStringParameters", "pathParameters"}
    assert not absent & event_of().keys()


def test_doubled_headers_are_joined_by_commas() -> None:
    event = event_of([("x-a", "1"), ("x-b", "2"), ("x-a", "3")])
    assert event["headers"]["x-a"] == "1,3"


def test_cookies_travel_apart_from_the_headers() -> None:
    event = event_of([("cookie", "a=1; b=2"), ("cookie", "c=3")])
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]


def test_doubled_query_parameters_are_joined_and_the_raw_string_is_kept() -> None:
    event = event_of(query="a=1&b=%20x&a=2&empty=")
    assert event["queryStringParameters"] == {"a": "1,2", "b": " x", "empty": ""}
    assert event["rawQueryString"] == "a=1&b=%20x&a=2&empty="


@pytest.mark.parametrize("name", ["connection", "keep-alive", "te", "transfer-encoding", "upgrade"])
def test_headers_of_the_connection_stay_with_the_connection(name: str) -> None:
    assert name not in event_of([(name, "x")])["headers"]


def test_the_forwarded_headers_are_added() -> None:
    headers = event_of([("host", "h:8000"), ("x-forwarded-for", "1.2.3.4")])["headers"]
    assert headers["x-forwarded-for"] == "1.2.3.4, 127.0.0.1"
    assert headers["x-forwarded-port"] == "8000"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-amzn-trace-id"] == "Root=1-2-3"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/csv; charset=utf-8",
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/xml",
        "application/javascript",
    ],
)
def test_a_body_of_a_text_type_travels_as_text(content_type: str) -> None:
    event = event_of([("content-type", content_type)], "é".encode())
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/octet-stream",
        "image/png",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/vnd.oip+json",
        "application/x-ndjson",
    ],
)
def test_a_body_of_any_other_type_travels_as_base64(content_type: str) -> None:
    headers = [("content-type", content_type)] if content_type else []
    event = event_of(headers, b"\x00\xff")
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x00\xff", True)


def test_a_compressed_body_is_not_unpacked_by_the_gateway() -> None:
    event = event_of([("content-encoding", "gzip")], b"\x1f\x8b\x08")
    assert base64.b64decode(event["body"]) == b"\x1f\x8b\x08"
    assert event["headers"]["content-encoding"] == "gzip"


@given(st.binary(min_size=1))
def test_bytes_come_back_from_an_event_as_they_went_in(body: bytes) -> None:
    assert base64.b64decode(event_of(body=body)["body"]) == body


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("/a%20b", "/a b"),
        ("/a%252Eb", "/a%252Eb"),
        ("/%C3%A9", "/é"),
        ("/100%", "/100%"),
        ("/a%2Fb%25", "/a/b%25"),
        ("/%ff", "/\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_path_is_decoded_once_and_stays_decoded(sent: str, seen: str) -> None:
    assert decoded_path(sent) == seen


def test_an_answer_becomes_status_headers_and_body() -> None:
    result = {"statusCode": 201, "headers": {"X-A": "1", "content-type": "a/b"}, "body": "é"}
    assert answer_of(result) == HttpAnswer(
        201, [("x-a", "1"), ("content-type", "a/b")], "é".encode()
    )


def test_a_base64_answer_is_decoded() -> None:
    result = {
        "statusCode": 200,
        "isBase64Encoded": True,
        "body": base64.b64encode(b"\xff").decode(),
    }
    answer = answer_of(result)
    assert answer is not None
    assert answer.body == b"\xff"


def test_each_cookie_becomes_a_header() -> None:
    answer = answer_of({"statusCode": 200, "cookies": ["a=1", "b=2; Secure"]})
    assert answer is not None
    assert [v for k, v in answer.headers if k == "set-cookie"] == ["a=1", "b=2; Secure"]


def test_header_values_that_are_no_texts_are_written_as_json() -> None:
    answer = answer_of({"statusCode": 200, "headers": {"x-n": 3, "x-b": True}})
    assert answer is not None
    assert {("x-n", "3"), ("x-b", "true")} <= set(answer.headers)


def test_an_answer_may_not_set_the_headers_of_the_connection() -> None:
    headers = {"Connection": "close", "Content-Length": "999", "Transfer-Encoding": "chunked"}
    answer = answer_of({"statusCode": 200, "headers": headers})
    assert answer is not None
    assert [name for name, _ in answer.headers] == ["content-type"]


@pytest.mark.parametrize(
    ("result", "body"),
    [({"a": 1}, b'{"a": 1}'), ("hello", b"hello"), ([1, 2], b"[1, 2]"), (None, b"null"), (7, b"7")],
)
def test_a_result_without_a_status_is_the_body_of_a_200(result: object, body: bytes) -> None:
    answer = HttpAnswer(200, [("content-type", "application/json")], body)
    assert answer_of(result) == answer


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "headers": [1]},
        {"statusCode": 200, "headers": {"x-a": "1\r\nx-b: 2"}},
        {"statusCode": 200, "headers": {"x a": "1"}},
        {"statusCode": 200, "isBase64Encoded": True, "body": "*"},
    ],
)
def test_an_answer_that_makes_no_sense_is_none(result: object) -> None:
    assert answer_of(result) is None


def test_a_payload_that_is_no_json_is_no_answer() -> None:
    assert read_answer(b"\x00") is None
