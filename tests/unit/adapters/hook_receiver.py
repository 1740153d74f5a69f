"""Receivers of webhooks on loopback, with a certificate of an authority of their own."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "hooks.example.com"
_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_FOREVER = dt.timedelta(days=36_500)
Behave = Callable[[socket.socket], None]


def make_authority(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for the names, signed by itself: what a client trusts, and a server shows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of this test")])
    alternatives = [x509.DNSName(each) for each in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address("93.184.215.14"))]  # type: ignore[list-item]  # both are GeneralNames
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(_NOW)
        .not_valid_after(_NOW + _FOREVER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return certificate, private


@dataclass
class Heard:
    """One request, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Listens; `behave` answers each connection, which is closed then."""

    behave: Behave
    tls: ssl.SSLContext | None = None
    heard: list[Heard] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # asked for in TLS
    connections: int = 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        if self.tls:
            self.tls.sni_callback = lambda _, name, __: self.names.append(name)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            with plain:
                self._handle(plain)

    def _handle(self, plain: socket.socket) -> None:
        plain.settimeout(10)
        try:
            if self.tls is None:
                self.behave(plain)
                return
            with self.tls.wrap_socket(plain, server_side=True) as secure:
                self.behave(secure)
        except OSError:
            return  # the client went away, as it may


def read_request(connection: socket.socket) -> Heard:
    """One request of a client that says how long its body is. Raises OSError where it went."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    while len(body) < int(headers["content-length"]):
        body += received(connection)
    return Heard(line, headers, body)


def received(connection: socket.socket) -> bytes:
    """Some bytes. Raises OSError at the end."""
    found = connection.recv(4096)
    if not found:
        raise ConnectionAbortedError
    return found


def server_tls(files: tuple[Path, Path]) -> ssl.SSLContext:
    """What a receiver shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, files))
    return context


def client_tls(files: tuple[Path, Path]) -> ssl.SSLContext:
    """What a client trusts: that authority alone."""
    return ssl.create_default_context(cafile=str(files[0]))


def answering(receiver_heard: list[Heard], *answers: bytes) -> Behave:
    """One answer after the other, the last one for ever, to requests that are kept."""
    left = list(answers)

    def behave(connection: socket.socket) -> None:
        receiver_heard.append(read_request(connection))
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return behave


def said(status: str, *headers: str, body: bytes = b"") -> bytes:
    """An answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
