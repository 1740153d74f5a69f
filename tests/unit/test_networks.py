"""Which addresses a webhook may be sent to: held against Python's own table."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.addresses import WebhookRule
from samovar.errors import WebhookRefused
from samovar.networks import is_local, is_public

ADDRESSES = st.ip_addresses().map(str) | st.ip_addresses(network="2000::/3").map(str)


@given(ADDRESSES)
def test_what_is_public_here_is_global_to_python_and_no_multicast(address: str) -> None:
    found = ipaddress.ip_address(address)
    if is_public(address):
        assert found.is_global
        assert not any((found.is_multicast, found.is_private, found.is_loopback))
        assert not getattr(found, "ipv4_mapped", None)


PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"]
PRIVATE += ["100.64.0.0/10", "0.0.0.0/8", "fc00::/7", "fe80::/10", "::ffff:0:0/96", "64:ff9b::/96"]


@given(st.sampled_from(PRIVATE).flatmap(lambda network: st.ip_addresses(network=network)))
def test_no_address_of_an_inner_network_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert not is_public(str(address))
    literal = f"[{address}]" if address.version == 6 else str(address)
    with pytest.raises(WebhookRefused):
        WebhookRule().check(f"https://{literal}/")


def test_what_is_no_address_is_nobodys() -> None:
    assert not is_public("example.com")
    assert not is_local("localhost")
