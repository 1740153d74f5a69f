"""The HTTP API in front of functions, over real sockets."""

import http.client
import json
import socket
import time
from typing import Any

import pytest

from tests.twin.host import Host, together

MB = 1024 * 1024


def echoed(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    status, _, body = answer
    assert status == 200
    event: dict[str, Any] = json.loads(body)
    return event


def returning(value: object) -> dict[str, str]:
    """A header that has the probe return this value."""
    return {"x_return": json.dumps({"value": value})}


def test_a_request_reaches_its_function_as_an_event(host: Host) -> None:
    event = echoed(host.http("POST", "/some/path?a=1", b"{}", content_type="application/json"))
    assert event["routeKey"] == "ANY /{proxy+}"
    assert event["pathParameters"] == {"proxy": "some/path"}
    assert (event["body"], event["rawQueryString"]) == ("{}", "a=1")


def test_every_answer_carries_the_request_id_that_the_function_saw(host: Host) -> None:
    answer = host.http("GET", "/x")
    assert answer[1]["apigw-requestid"] == echoed(answer)["requestContext"]["requestId"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_any_method_reaches_a_route_for_any(host: Host, method: str) -> None:
    assert echoed(host.http(method, "/x"))["requestContext"]["http"]["method"] == method


def test_head_gets_the_headers_without_the_body(host: Host) -> None:
    status, headers, body = host.http("HEAD", "/x")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_the_root_is_no_part_of_a_greedy_route(host: Host) -> None:
    status, _, body = host.http("GET", "/")
    assert (status, json.loads(body)) == (404, {"message": "Not Found"})


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        ({"statusCode": 418, "body": "tea"}, 418, b"tea"),
        ({"statusCode": 204}, 204, b""),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "/w=="}, 200, b"\xff"),
        ({"message": "bare"}, 200, b'{"message": "bare"}'),
        ("bare", 200, b"bare"),
    ],
)
def test_what_a_function_returns_becomes_the_answer(
    host: Host, value: object, status: int, body: bytes
) -> None:
    got = host.http("GET", "/x", **returning(value))
    assert (got[0], got[2]) == (status, body)


@pytest.mark.parametrize(
    "value", [{"statusCode": "many"}, {"statusCode": 200, "headers": {"a b": "c"}}]
)
def test_an_answer_that_makes_no_sense_is_a_500(host: Host, value: object) -> None:
    status, _, body = host.http("GET", "/x", **returning(value))
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_cookies_become_headers_one_by_one(host: Host) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", host.port)
    value = {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": "x"}
    connection.request("GET", "/x", headers={"x-return": json.dumps({"value": value})})
    assert connection.getresponse().headers.get_all("set-cookie") == ["a=1", "b=2"]
    connection.close()


@pytest.mark.parametrize("path", ["/raise", "/broken", "/hasty/sleep/9"])
def test_a_function_that_fails_is_a_500_without_its_words(host: Host, path: str) -> None:
    status, _, body = host.http("GET", path)
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_a_throttled_function_is_a_503(host: Host) -> None:
    answers = together([lambda: host.http("GET", "/reserved/sleep/0.5")] * 3)
    assert sorted(status for status, _, _ in answers) == [200, 503, 503]
    assert {b'{"message": "Service Unavailable"}'} == {
        body for status, _, body in answers if status == 503
    }


def test_a_body_over_ten_megabytes_is_a_413(host: Host) -> None:
    status, _, body = host.http("POST", "/x", bytes(10 * MB + 1))
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


def test_a_body_that_waits_for_continue_is_refused_before_it_is_sent(host: Host) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as client:
        head = f"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {20 * MB}\r\n"
        client.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_over_the_limit_is_a_413(host: Host) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", host.port)
    connection.request("POST", "/x", iter([bytes(MB)] * 11), encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_an_event_over_six_megabytes_is_a_413(host: Host) -> None:
    status, _, body = host.http("POST", "/x", bytes(5 * MB))
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


def test_a_chunked_body_arrives_whole(host: Host) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", host.port)
    headers = {"content-type": "text/plain"}
    connection.request("POST", "/x", iter([b"one", b"two"]), headers, encode_chunked=True)
    event = json.loads(connection.getresponse().read())
    assert event["body"] == "onetwo"
    assert "transfer-encoding" not in event["headers"]
    connection.close()


def test_headers_over_ten_kilobytes_are_a_431(host: Host) -> None:
    assert host.http("GET", "/x", x_long="a" * 11_000)[0] == 431


def test_a_connection_serves_many_requests(host: Host) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", host.port)
    for number in range(3):
        connection.request("GET", f"/{number}")
        assert json.loads(connection.getresponse().read())["rawPath"] == f"/{number}"
    connection.close()


def test_a_client_that_leaves_early_harms_nobody(host: Host) -> None:
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.sendall(b"GET /probe/1 HTTP/1.1\r\nHost: a\r\n\r\n")
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    time.sleep(0.05)
    assert host.http("GET", "/probe/1")[0] == 200


def test_bytes_that_are_no_http_are_a_400(host: Host) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=10) as client:
        client.sendall(b"\x00\x01\x02\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_preflight_is_answered_by_the_gateway(host: Host) -> None:
    origin = {"origin": "https://page.example", "access_control_request_method": "GET"}
    status, headers, _ = host.http("OPTIONS", "/x", **origin)
    assert status == 204
    assert headers["access-control-allow-origin"] == "https://page.example"
    assert headers["access-control-allow-methods"] == "GET"
    assert headers["access-control-allow-headers"] == "x-one"
    assert headers["access-control-max-age"] == "60"


def test_an_answer_to_a_page_that_may_call_says_so(host: Host) -> None:
    allowed = host.http("GET", "/x", origin="https://page.example")[1]
    assert allowed["access-control-expose-headers"] == "x-two"
    assert (
        "access-control-allow-origin" not in host.http("GET", "/x", origin="https://b.example")[1]
    )
