"""Webhooks go to the very address that was judged, and to no inner one."""

import socket
import threading
from collections.abc import Callable

import pytest
from samovar.adapters.memory import MemoryClock
from samovar.adapters.webhook import Network, Webhooks, dialled, resolved
from samovar.adapters.webhook_keys import GivenKeys
from samovar.addresses import WebhookRule, read_rule
from samovar.errors import DeliveryFailed, WebhookRefused
from samovar.job_events import Answer

from tests.unit.adapters.hook_receiver import (
    HOST,
    Receiver,
    answering,
    client_tls,
    make_authority,
    said,
    server_tls,
)
from tests.unit.adapters.hook_wire import PUBLIC, SECRET, Files, Wire, event, sink


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make_authority(tmp_path_factory.mktemp("authority"), HOST)


INNER = ["127.0.0.1", "10.0.0.8", "169.254.169.254", "0.0.0.0", "::1", "fd00:ec2::254"]


@pytest.mark.parametrize("address", [*INNER, "::ffff:10.0.0.1", "100.100.100.200", "fe80::1%eth0"])
def test_a_name_that_means_an_inner_address_is_never_dialled(files: Files, address: str) -> None:
    for found in ((address,), (PUBLIC, address), (address, PUBLIC), ()):
        wire = Wire(1, found)
        with pytest.raises(WebhookRefused):
            sink(wire, client_tls(files)).tell(event())
        assert wire.dialled == []


def test_a_name_is_resolved_once_and_what_it_means_later_is_not_asked(files: Files) -> None:
    """Rebinding: public when it is judged, this very machine a moment later."""
    heard: list = []
    with Receiver(answering(heard, said("200 OK")), server_tls(files)) as receiver:
        wire = Wire(receiver.port, (PUBLIC,), ("127.0.0.1",))
        hook = sink(wire, client_tls(files))
        assert hook.tell(event()).status == 200
        assert (len(wire.resolved), wire.dialled) == (1, [(PUBLIC, 443)])
        with pytest.raises(WebhookRefused):
            hook.tell(event())
    assert len(heard) == 1


def test_the_next_address_is_tried_where_the_first_is_away_but_not_many(files: Files) -> None:
    with Receiver(answering([], said("200 OK")), server_tls(files)) as receiver:
        wire = Wire(receiver.port, ("8.8.8.8", PUBLIC, "8.8.4.4"))

        def dial(address: str, port: int, timeout_s: float) -> socket.socket:
            if address == "8.8.8.8":
                wire.dialled.append((address, port))
                raise ConnectionRefusedError
            return wire.dial(address, port, timeout_s)

        network = Network(wire.resolve, dial, client_tls(files), 5)
        hook = Webhooks(GivenKeys(SECRET), WebhookRule(), MemoryClock(), network)
        assert hook.tell(event()).status == 200
    assert wire.dialled == [("8.8.8.8", 443), (PUBLIC, 443)]


@pytest.mark.parametrize("refusal", [socket.gaierror("no such name"), ConnectionRefusedError()])
def test_a_host_that_is_not_there_may_be_there_later(files: Files, refusal: OSError) -> None:
    def fail(*_: object) -> Callable:
        raise refusal

    network = Network(fail, fail, client_tls(files))
    hook = Webhooks(GivenKeys(SECRET), WebhookRule(), MemoryClock(), network)
    with pytest.raises(DeliveryFailed):
        hook.tell(event())


def test_this_machine_is_told_without_tls_where_that_is_allowed(files: Files) -> None:
    heard: list = []
    with Receiver(answering(heard, said("200 OK"))) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        network = Network(resolved, dialled, client_tls(files), 5)
        hook = Webhooks(GivenKeys(SECRET), read_rule("http://127.0.0.1"), MemoryClock(), network)
        assert hook.tell(event(url)) == Answer(200)
        with pytest.raises(WebhookRefused):
            hook.tell(event(f"http://localhost:{receiver.port}/hook"))
    assert heard[0].headers["host"] == f"127.0.0.1:{receiver.port}"


def test_an_address_that_the_rule_no_more_allows_is_not_told(files: Files) -> None:
    wire = Wire(1)
    with pytest.raises(WebhookRefused):
        sink(wire, client_tls(files), rule=read_rule("elsewhere.example.com")).tell(event())
    assert wire.resolved == []


def test_a_resolver_that_does_not_answer_is_waited_for_no_longer_than_a_receiver(
    files: Files,
) -> None:
    given_up = threading.Event()

    def resolve(*_: object) -> tuple[str, ...]:
        given_up.wait(10)
        return (PUBLIC,)

    wire = Wire(1)
    network = Network(resolve, wire.dial, client_tls(files), 0.2)
    hook = Webhooks(GivenKeys(SECRET), WebhookRule(), MemoryClock(), network)
    with pytest.raises(DeliveryFailed, match="in time"):
        hook.tell(event())
    given_up.set()
    assert wire.dialled == []
