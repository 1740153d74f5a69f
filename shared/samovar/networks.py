"""Which addresses are anybody's on the internet, and which are some network's own. Pure.

Source: IANA's IPv4 and IPv6 special-purpose address registries.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

_PUBLIC_V6 = IPv6Network("2000::/3")
_SPECIAL = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's own host, at a public address
    )
)
_SPECIAL_V6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48"))
)


def is_public(address: str) -> bool:
    """Whether an address is anybody's on the internet, and no special one."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in special for special in _SPECIAL)
    return found in _PUBLIC_V6 and not any(found in special for special in _SPECIAL_V6)


def is_local(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
