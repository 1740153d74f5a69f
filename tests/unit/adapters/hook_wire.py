"""A sink whose names and addresses are a test's own."""

import base64
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from samovar.adapters.memory import MemoryClock
from samovar.adapters.webhook import Network, Webhooks
from samovar.adapters.webhook_keys import GivenKeys
from samovar.addresses import WebhookRule
from samovar.job_events import Event

from tests.unit.adapters.hook_receiver import HOST, Behave, Receiver, client_tls, server_tls

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PUBLIC = "93.184.215.14"
BODY = b'{"type":"job.succeeded"}'
Files = tuple[Path, Path]


class Wire:
    """Names and addresses as a test has them; what was asked of it is kept."""

    def __init__(self, port: int, *answers: Sequence[str]) -> None:
        self._port = port
        self._answers = list(answers) or [(PUBLIC,)]
        self.resolved: list[tuple[str, int]] = []
        self.dialled: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def dial(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.dialled.append((address, port))
        return socket.create_connection(("127.0.0.1", self._port), timeout_s)


def event(url: str = f"https://{HOST}/told?token=secret") -> Event:
    return Event("j1-succeeded-1", "job.succeeded", 1, "mood", BODY, url)


def sink(
    wire: Wire, tls: ssl.SSLContext, timeout_s: float = 5, rule: WebhookRule | None = None
) -> Webhooks:
    network = Network(wire.resolve, wire.dial, tls, timeout_s)
    return Webhooks(GivenKeys(SECRET), rule or WebhookRule(), MemoryClock(), network)


@contextmanager
def receiving(behave: Behave, files: Files) -> Iterator[tuple[Receiver, Wire, Webhooks]]:
    """A receiver behind HOST, and a sink that may take a second."""
    with Receiver(behave, server_tls(files)) as receiver:
        wire = Wire(receiver.port)
        yield receiver, wire, sink(wire, client_tls(files), 1)
