"""Requests and responses of HTTP, whatever carries them."""

import gzip
import zlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.messages import (
    Request,
    Response,
    compressed,
    error_response,
    origin,
    read_body,
    request_id,
)
from samovar.errors import (
    InvalidInput,
    MalformedBody,
    MethodNotAllowed,
    ModelCorrupt,
    ModelNotReady,
    ModelRunFailed,
    PayloadTooLarge,
    SamovarError,
    UnsupportedEncoding,
    VersionNotFound,
    WrongShape,
)

LARGE = b"0123456789" * 1000


def request(body: bytes, **headers: str) -> Request:
    return Request("POST", "/", {k.replace("_", "-"): v for k, v in headers.items()}, body, "r")


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        (" GZIP ", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
        ("", bytes),
    ],
)
def test_a_body_is_read_in_the_encoding_that_it_says(encoding: str, compress) -> None:
    assert read_body(request(compress(LARGE), content_encoding=encoding), 10_000) == LARGE


@given(st.binary(max_size=3000))
def test_what_is_compressed_for_a_client_is_read_back(body: bytes) -> None:
    answer = compressed(Response(200, body), "gzip")
    encoding = answer.headers.get("content-encoding", "")
    assert bool(encoding) is (len(body) >= 2048)
    assert read_body(request(answer.body, content_encoding=encoding), 10_000) == body


@pytest.mark.parametrize("encode", [bytes, gzip.compress])
def test_a_body_over_the_limit_is_refused_before_it_is_kept(encode) -> None:
    encoding = "gzip" if encode is gzip.compress else ""
    with pytest.raises(PayloadTooLarge, match="9999"):
        read_body(request(encode(LARGE), content_encoding=encoding), 9999)


@pytest.mark.parametrize(
    "body",
    [b"", b"x", gzip.compress(LARGE)[:-9], gzip.compress(LARGE) + b"x", zlib.compress(LARGE)],
    ids=["empty", "no gzip", "cut short", "more after it", "another encoding"],
)
def test_a_body_that_is_not_what_its_encoding_says_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read_body(request(body, content_encoding="gzip"), 20_000)


def test_an_encoding_that_is_not_read_is_named() -> None:
    with pytest.raises(UnsupportedEncoding, match="'br' is not read; send gzip"):
        read_body(request(b"", content_encoding="br"), 10)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip", "gzip"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("deflate", "deflate"),
        ("GZIP", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, deflate; q=0.1", "deflate"),
        ("br, zstd", None),
        ("", None),
        (";;,,=", None),
    ],
)
def test_an_answer_is_compressed_as_the_client_reads_it(accepted: str, chosen: str | None) -> None:
    assert compressed(Response(200, LARGE), accepted).headers.get("content-encoding") == chosen


def test_an_answer_is_compressed_once() -> None:
    once = compressed(Response(200, bytes(range(256)) * 100), "gzip")
    assert compressed(once, "gzip") is once


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("x"), 400),
        (WrongShape("x"), 400),
        (ModelRunFailed("x"), 400),
        (VersionNotFound("x"), 404),
        (MethodNotAllowed("x"), 405),
        (PayloadTooLarge("x"), 413),
        (UnsupportedEncoding("x"), 415),
        (ModelCorrupt("x"), 424),
        (ModelNotReady("x"), 503),
        (SamovarError(), 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_errors_status_is_found_along_its_tree(error: SamovarError, status: int) -> None:
    answer = error_response(error)
    assert answer.status == status
    assert orjson.loads(answer.body)["code"] == error.code
    assert ("retry-after" in answer.headers) is error.retryable


def test_a_wrong_method_is_told_which_are_right() -> None:
    answer = error_response(MethodNotAllowed("no", ["GET", "HEAD"]))
    assert answer.headers["allow"] == "GET, HEAD"


@given(st.text(st.characters(codec=None), max_size=20))
def test_any_message_can_be_sent(message: str) -> None:
    assert "error" in orjson.loads(error_response(InvalidInput(message)).body)


@pytest.mark.parametrize("bad", ["", "a b", "x" * 129, "ä", "a\n"])
def test_a_request_id_that_could_spoil_a_log_is_replaced(bad: str) -> None:
    assert request_id({"x-request-id": bad}, "own") == "own"
    assert request_id({"x-request-id": "3f-2"}, "own") == "3f-2"
    assert request_id({}, "own") == "own"


def test_links_are_those_of_the_address_that_the_client_used() -> None:
    assert origin(request(b"", host="localhost:8000")) == "http://localhost:8000"
    proxied = request(b"", host="api.example", x_forwarded_proto="https, http")
    assert origin(proxied) == "https://api.example"
    assert origin(request(b"")) == ""
