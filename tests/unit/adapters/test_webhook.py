"""Webhooks over real TLS: signed, whole, and never for long."""

import base64
import hashlib
import hmac
import socket
import ssl
import time
from pathlib import Path

import pytest
from samovar.errors import DeliveryFailed
from samovar.job_events import Answer

from tests.unit.adapters.hook_receiver import (
    HOST,
    Behave,
    Receiver,
    answering,
    client_tls,
    make_authority,
    said,
    server_tls,
)
from tests.unit.adapters.hook_wire import BODY, PUBLIC, Files, Wire, event, receiving, sink


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make_authority(tmp_path_factory.mktemp("authority"), HOST)


def test_an_event_arrives_signed_and_whole_under_its_name(files: Files) -> None:
    heard: list = []
    with Receiver(answering(heard, said("204 No Content")), server_tls(files)) as receiver:
        wire = Wire(receiver.port)
        assert sink(wire, client_tls(files)).tell(event()) == Answer(204)
        assert receiver.names == [HOST]
    (request,) = heard
    assert request.line == "POST /told?token=secret HTTP/1.1"
    assert request.headers["host"] == HOST
    assert request.headers["content-type"] == "application/json"
    assert request.body == BODY
    stamp = request.headers["webhook-timestamp"]
    signed = f"{request.headers['webhook-id']}.{stamp}.".encode() + request.body
    wanted = hmac.digest(bytes(range(32)), signed, hashlib.sha256)
    assert request.headers["webhook-id"] == "j1-succeeded-1"
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(wanted).decode()}"
    assert (wire.resolved, wire.dialled) == ([(HOST, 443)], [(PUBLIC, 443)])


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (said("500 Oops", body=b"x" * 1000), Answer(500)),
        (said("410 Gone"), Answer(410)),
        (said("429 Too Many Requests", "Retry-After: 120"), Answer(429, 120)),
        (said("503 Busy", "Retry-After: 99999999"), Answer(503, 86_400)),
        (said("503 Busy", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"), Answer(503)),
        (said("503 Busy", "Retry-After: -1"), Answer(503)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + said("200 OK"), Answer(200)),
        (b"HTTP/1.0 200 OK\r\n\r\n", Answer(200)),
    ],
)
def test_what_a_receiver_answers_is_told(files: Files, answer: bytes, wanted: Answer) -> None:
    with receiving(answering([], answer), files) as (_, _, hook):
        assert hook.tell(event()) == wanted


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_followed(files: Files, status: int) -> None:
    answer = said(f"{status} Elsewhere", "Location: http://169.254.169.254/latest/meta-data")
    with receiving(answering([], answer), files) as (receiver, wire, hook):
        assert hook.tell(event()).status == status
        assert (receiver.connections, len(wire.resolved), len(wire.dialled)) == (1, 1, 1)


def endless_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def test_a_huge_answer_is_not_read(files: Files) -> None:
    with receiving(endless_body, files) as (_, _, hook):
        assert hook.tell(event()) == Answer(200)


def endless_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x-more: " + b"x" * 1000 + b"\r\n")


def endless_continues(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def hanging(connection: socket.socket) -> None:
    time.sleep(1.5)


def dripping(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def no_http(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def hanging_up(connection: socket.socket) -> None:
    connection.close()


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (endless_head, "as HTTP does"),
        (endless_continues, "as HTTP does"),
        (hanging, "in time"),
        (dripping, "in time"),
        (no_http, "webhook"),
        (hanging_up, "webhook"),
    ],
)
def test_a_bad_receiver_is_left_soon(files: Files, behave: Behave, why: str) -> None:
    with receiving(behave, files) as (_, _, hook):
        began = time.monotonic()
        with pytest.raises(DeliveryFailed, match=why) as failed:
            hook.tell(event())
        assert time.monotonic() - began < 10
    assert "token" not in failed.value.message
    assert failed.value.retryable


def dripping_handshake(connection: socket.socket) -> None:
    connection.recv(4096)
    for byte in b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" * 100:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def test_a_handshake_that_drips_is_left_soon_too(files: Files) -> None:
    with Receiver(dripping_handshake) as receiver:
        hook = sink(Wire(receiver.port), client_tls(files), 1)
        with pytest.raises(DeliveryFailed, match="in time"):
            hook.tell(event())


def test_a_certificate_must_be_for_the_name_and_of_a_known_authority(
    files: Files, tmp_path: Path
) -> None:
    strangers = make_authority(tmp_path, HOST)
    with receiving(answering([], said("200 OK")), files) as (_, wire, _):
        for url, tls in (
            ("https://other.example.com/", client_tls(files)),
            (f"https://{HOST}/", client_tls(strangers)),
            (f"https://{HOST}/", ssl.create_default_context()),
        ):
            with pytest.raises(DeliveryFailed, match="certificate cannot be verified"):
                sink(wire, tls).tell(event(url))


def test_a_receiver_without_tls_is_told_nothing(files: Files) -> None:
    heard: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(said("200 OK"))

    with Receiver(behave) as receiver, pytest.raises(DeliveryFailed):
        sink(Wire(receiver.port), client_tls(files), 1).tell(event())
    assert BODY not in b"".join(heard)
