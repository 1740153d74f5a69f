"""Events over HTTPS, to addresses that were judged first: http.client and ssl, and a deadline.

A name is resolved once, all of its addresses are judged, and the connection goes to one of
those very addresses, with the name in TLS: what the name means a moment later is not asked.
Nothing is followed, and of the answer its status and one header are read.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from http.client import HTTPException
from typing import Protocol

from samovar.adapters.pinned_http import left_s, post
from samovar.addresses import Destination, WebhookRule
from samovar.errors import DeliveryFailed
from samovar.job_events import Answer, Event
from samovar.ports import Clock
from samovar.signatures import signed_headers
from samovar.values import dataclass, field

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float], socket.socket]
"""Address, port and seconds → a connected socket. Raises OSError."""

_DIALLED = 2  # of a host's addresses, before it is given up for now


class Keys(Protocol):
    """The secrets that events are signed with."""

    def keys(self) -> Sequence[bytes]:
        """The present one first. Raises StorageUnavailable."""
        ...


def resolved(host: str, port: int) -> Sequence[str]:
    """A host's addresses, as the system knows them, IPv4 first. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return sorted(addresses, key=lambda address: ":" in address)


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
            addresses = self._rule.admit(to, self._addresses(to, until))
            with self._connect(to, addresses[:_DIALLED], until) as connection:
                return post(connection, to, event.body, headers, until)
        except (OSError, HTTPException) as error:
            raise DeliveryFailed(_why(error)) from None

    def _addresses(self, to: Destination, until: float) -> Sequence[str]:
        """What the name means. The system's resolver knows no limit: it is waited for, or not.

        Raises OSError.
        """
        found: Future[Sequence[str]] = Future()

        def resolve() -> None:
            try:
                found.set_result(self._network.resolve(to.host, to.port))
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                found.set_exception(error)

        threading.Thread(target=resolve, name="resolver", daemon=True).start()
        return found.result(left_s(until))

    def _connect(self, to: Destination, addresses: Sequence[str], until: float) -> socket.socket:
        """A connection to the first of the addresses that takes one. Raises OSError."""
        for at, address in enumerate(addresses, 1):
            try:
                share_s = left_s(until) / (len(addresses) - at + 1)
                plain = self._network.dial(address, to.port, share_s)
                break
            except OSError:
                if at == len(addresses):
                    raise
        if not to.secure:
            return plain
        try:
            plain.settimeout(left_s(until))  # of the whole handshake
            return self._network.tls.wrap_socket(plain, server_hostname=to.host)
        except BaseException:
            plain.close()
            raise


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
