"""Events over HTTPS, to addresses that were judged first: http.client and ssl, and a deadline.

A name is resolved once, all of its addresses are judged, and the connection goes to one of
those very addresses, with the name in TLS: what the name means a moment later is not asked.
Nothing is followed, and of the answer its status and one header are read.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Protocol

from samovar import __version__
from samovar.addresses import Destination, WebhookRule
from samovar.errors import DeliveryFailed
from samovar.job_events import Answer, Event
from samovar.ports import Clock
from samovar.signatures import signed_headers

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float], socket.socket]
"""Address, port and seconds → a connected socket. Raises OSError."""

_MAX_ANSWER = 16 * 1024
_MAX_RETRY_AFTER_S = 86_400
_SECONDS = re.compile(r"[0-9]{1,9}")
_AGENT = f"samovar/{__version__}"
_DIALLED = 2  # of a host's addresses, before it is given up for now


class Keys(Protocol):
    """The secrets that events are signed with."""

    def keys(self) -> Sequence[bytes]:
        """The present one first. Raises StorageUnavailable."""
        ...


def resolved(host: str, port: int) -> Sequence[str]:
    """A host's addresses, as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def dialled(address: str, port: int, timeout_s: float) -> socket.socket:
    """A connection to an address; no name is asked for. Raises OSError."""
    return socket.create_connection((address, port), timeout_s)


@dataclass(frozen=True, slots=True)
class Network:
    """What webhooks go through; a test puts a receiver of its own behind a public name."""

    resolve: Resolve = resolved
    dial: Dial = dialled
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    timeout_s: float = 15.0  # for all of one try


class Webhooks:
    """A sink: the address that a job's client named."""

    def __init__(
        self, keys: Keys, rule: WebhookRule, clock: Clock, network: Network | None = None
    ) -> None:
        self._keys = keys
        self._rule = rule
        self._clock = clock
        self._network = network or Network()

    def tell(self, event: Event) -> Answer:
        """What the receiver answered. Raises WebhookRefused, DeliveryFailed, StorageUnavailable."""
        to = self._rule.check(event.webhook)
        now_s = self._clock.now_ns() // 1_000_000_000
        headers = signed_headers(self._keys.keys(), event.id, now_s, event.body)
        until = time.monotonic() + self._network.timeout_s
        try:
            addresses = self._rule.admit(to, self._network.resolve(to.host, to.port))
            with self._connect(to, addresses[:_DIALLED], until) as connection:
                return _ask(connection, to, event, headers, until)
        except (OSError, HTTPException) as error:
            raise DeliveryFailed(_why(error)) from None

    def _connect(self, to: Destination, addresses: Sequence[str], until: float) -> socket.socket:
        """A connection to the first of the addresses that takes one. Raises OSError."""
        for at, address in enumerate(addresses, 1):
            try:
                plain = self._network.dial(address, to.port, _left_s(until))
                break
            except OSError:
                if at == len(addresses):
                    raise
        if not to.secure:
            return plain
        try:
            plain.settimeout(_left_s(until))  # of the whole handshake
            return self._network.tls.wrap_socket(plain, server_hostname=to.host)
        except BaseException:
            plain.close()
            raise


class _Guarded:
    """What http.client needs of a socket, within a time for all of it and a size."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def sendall(self, data: bytes) -> None:
        """Send it all."""
        self._connection.settimeout(_left_s(self._until))
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The answer."""
        return io.BufferedReader(_Reader(self._connection, self._until))

    def close(self) -> None:
        """The connection is closed by the one who made it."""


class _Reader(io.RawIOBase):
    """The first bytes of an answer; a drop now and then holds nobody longer."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until
        self._room = _MAX_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        """Some bytes; 0 at the end. Raises OSError, HTTPException."""
        if self._room <= 0:
            raise HTTPException("the answer is too long")
        self._connection.settimeout(_left_s(self._until))
        count = self._connection.recv_into(memoryview(buffer)[: self._room])
        self._room -= count
        return count


def _ask(
    connection: socket.socket,
    to: Destination,
    event: Event,
    signed: Mapping[str, str],
    until: float,
) -> Answer:
    """One POST, and the head of what comes back. Raises OSError, HTTPException."""
    http = HTTPConnection(to.host, to.port)
    http.sock = _Guarded(connection, until)
    headers = {
        "host": to.authority,
        "content-type": "application/json",
        "user-agent": _AGENT,
        "connection": "close",
        **signed,
    }
    http.request("POST", to.path, event.body, headers)
    answer = http.getresponse()
    try:
        return Answer(answer.status, _retry_after_s(answer.getheader("retry-after", "")))
    finally:
        answer.close()


def _retry_after_s(said: str) -> int:
    """Seconds; a date is not read, and is as good as nothing said."""
    return min(int(said), _MAX_RETRY_AFTER_S) if _SECONDS.fullmatch(said) else 0


def _left_s(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _why(error: Exception) -> str:
    """What went wrong, without the address: it may hold a secret."""
    found = (text for kind, text in _REASONS.items() if isinstance(error, kind))
    return next(found, "the webhook's host cannot be reached")


_REASONS: Mapping[type[Exception], str] = {
    TimeoutError: "the webhook's host did not answer in time",
    ssl.SSLCertVerificationError: "the webhook's certificate cannot be verified",
    ssl.SSLError: "the webhook's host does not speak TLS as it should",
    socket.gaierror: "the webhook's host has no address",
    HTTPException: "the webhook's host does not answer as HTTP does",
}
