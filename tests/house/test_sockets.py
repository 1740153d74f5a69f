"""Tests stay on this machine, whatever they call."""

import socket
import urllib.error
import urllib.request

import pytest

from tests.sockets import OutsideLoopback, is_loopback


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_a_connection_beyond_loopback_is_refused(address: tuple) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(OutsideLoopback):
        client.connect(address)


def test_a_name_that_is_not_this_machine_is_not_looked_up() -> None:
    with pytest.raises(urllib.error.URLError, match="may not look up"):
        urllib.request.urlopen("http://example.invalid/")


def test_a_connection_to_this_machine_works() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_has_several_names(host: str) -> None:
    assert is_loopback((host, 1))
