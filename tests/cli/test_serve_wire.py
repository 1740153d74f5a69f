"""`samovar serve` on the wire: kept connections, heads, chunks, limits, and what is no HTTP."""

import socket
from contextlib import suppress

import httpx

from tests.cli.served import BODY, INFER, LIMIT, Served, exchange, head, request


def test_a_connection_is_kept_and_requests_that_come_together_are_answered_in_order(
    served: Served,
) -> None:
    first = request(INFER, BODY, close=False)
    second = head("GET", "/v2/health/live", close=False)
    answers = exchange(served.address, first + second + request("/v3", b"{}", close=True))
    found = [answers.index(mark) for mark in (b'"outputs"', b'"live"', b'"route_not_found"')]
    assert found == sorted(found)
    assert answers.count(b"HTTP/1.1 ") == 3


def test_a_head_has_the_headers_of_a_get_and_no_body(served: Served) -> None:
    answer = exchange(served.address, head("HEAD", "/v2"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
    size = len(httpx.get(f"{served.url}/v2").content)
    assert f"content-length: {size}\r\n".encode() in answer


def test_a_body_over_the_limit_is_read_so_that_the_client_sees_the_refusal(served: Served) -> None:
    for size in (LIMIT + 1, 20 * LIMIT):
        answer = exchange(served.address, request(INFER, b" " * size, close=True))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"code":"payload_too_large"' in answer


def test_chunks_over_the_limit_are_refused_too(served: Served) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = head("POST", INFER, "transfer-encoding: chunked")
    assert exchange(served.address, sent, chunk * 8, b"0\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_a_body_in_chunks_is_put_together(served: Served) -> None:
    parts = [b"%x\r\n" % len(part) + part + b"\r\n" for part in (BODY[:7], BODY[7:])]
    sent = head("POST", INFER, "transfer-encoding: chunked")
    answer = exchange(served.address, sent, *parts, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"[4.0,7.0,10.0]" in answer


def test_a_client_that_asks_first_is_told_before_it_sends(served: Served) -> None:
    asked = head("POST", INFER, f"content-length: {LIMIT + 1}", "expect: 100-continue")
    assert exchange(served.address, asked).startswith(b"HTTP/1.1 413 ")
    sent = head("POST", INFER, f"content-length: {len(BODY)}", "expect: 100-continue")
    answer = exchange(served.address, sent, BODY)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def test_a_head_without_an_end_is_refused_before_it_fills_the_memory(served: Served) -> None:
    with socket.create_connection(served.address, timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: ")
        sent = 0
        with suppress(ConnectionError):
            while sent < 64 * 1024 * 1024:
                connection.sendall(b"x" * 65536)
                sent += 65536
        assert sent < 64 * 1024 * 1024
    assert httpx.get(f"{served.url}/v2/health/live").status_code == 200


def test_what_is_no_http_is_refused(served: Served) -> None:
    assert exchange(served.address, b"\x16\x03\x01\x00\xa5\x01\r\n\r\n").startswith(b"HTTP/1.1 400")
