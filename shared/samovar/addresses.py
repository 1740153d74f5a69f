"""Where a webhook may go. Pure: what a name resolves to is asked elsewhere, and judged here.

A client names an address, and this deployment's own network must not be in its reach: no
private, local or metadata address, however it is written, and none that a name turns out to
mean.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from samovar.errors import WebhookRefused
from samovar.networks import is_local, is_public
from samovar.values import dataclass

MAX_URL = 2048
PORTS = (443, 8443)
"""Where a host is not listed with another: enough for webhooks, and no other service's."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*|\?[!-~]*)?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_INNER = (".localhost", ".local", ".internal", ".arpa", ".onion", ".test", ".invalid")
_ANY = "*"


@dataclass(frozen=True, slots=True)
class Destination:
    """A webhook's URL, taken apart. `host` is in lower case, without brackets."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The URL without what may be secret in it."""
        return f"{'https' if self.secure else 'http'}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A host that is listed; `port` 0 is any of PORTS, or any at all on this machine itself."""

    host: str
    port: int = 0
    local: bool = False  # of this machine itself, and without TLS

    def matches(self, to: Destination) -> bool:
        """Whether it lists a destination. `*.example.com` lists what is under it."""
        under = self.host.startswith("*.") and to.host.endswith(self.host[1:])
        named = under or to.host == self.host
        any_port = not self.port and (self.local or to.port in PORTS)
        return named and self.local != to.secure and (any_port or to.port == self.port)


@dataclass(frozen=True, slots=True)
class WebhookRule:
    """What a deployment allows: any public host over https, or those alone that are listed."""

    listed: tuple[Entry, ...] = ()
    only_listed: bool = False

    def check(self, url: str) -> Destination:
        """The destination that a URL names. Raises WebhookRefused, which says what to change."""
        to = read_url(url)
        if any(entry.matches(to) for entry in self.listed):
            return to
        if not to.secure:
            raise WebhookRefused("a webhook must begin https://")
        if self.only_listed:
            raise WebhookRefused("this deployment sends webhooks to listed hosts only")
        if to.port not in PORTS:
            raise WebhookRefused(f"a webhook's port must be {' or '.join(map(str, PORTS))}")
        return to

    def admit(self, to: Destination, addresses: Iterable[str]) -> Sequence[str]:
        """Those of a host's addresses that may be connected to: all of them, or none.

        One inner address among public ones is an attempt at something. Raises WebhookRefused.
        """
        found = tuple(addresses)
        allowed = is_public if to.secure else is_local
        if not found or not all(map(allowed, found)):
            raise WebhookRefused("the webhook's host has no public address")
        return found


def read_url(url: str) -> Destination:
    """A URL of http or https, with nothing in it that two readers might read in two ways.

    No credentials, fragment, backslash, space, escaped or non-ASCII host, nor an address in
    any but its plain form. Raises WebhookRefused.
    """
    if len(url) > MAX_URL:
        raise WebhookRefused(f"a webhook has {MAX_URL} characters at most")
    found = _URL.fullmatch(url)
    if not found or "#" in url or "\\" in url:
        raise WebhookRefused("a webhook must be a URL such as https://example.com/hook")
    secure = found["scheme"].lower() == "https"
    port = int(found["port"] or (443 if secure else 80))
    if not 0 < port < 65_536:
        raise WebhookRefused("a webhook's port must be from 1 to 65535")
    path = found["path"] or "/"
    host = _host(found["host"].lower(), local=not secure)
    return Destination(secure, host, port, path if path.startswith("/") else f"/{path}")


def read_rule(text: str) -> WebhookRule:
    """A rule from `hooks.example.com, *.example.org:9443`; `*` or nothing is any public host.

    `http://127.0.0.1` is this machine itself, beside the others. Raises ValueError.
    """
    parts = [part.strip().lower() for part in text.split(",")]
    listed = tuple(_entry(part) for part in parts if part not in ("", _ANY))
    hosts = any(not entry.local for entry in listed)
    return WebhookRule(listed, only_listed=hosts and _ANY not in parts)


def _host(host: str, *, local: bool) -> str:
    """A name of two labels at least, or an address. Raises WebhookRefused."""
    inner = host == "localhost" or host.endswith(_INNER)
    if local and (host == "localhost" or is_local(host.strip("[]"))):
        return host.strip("[]")
    literal = _literal(host)
    if literal is not None:
        if not is_public(str(literal)):
            raise WebhookRefused("a webhook's address must be a public one")
        return str(literal)
    labels = host.split(".")
    if inner or len(labels) < 2 or len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise WebhookRefused("a webhook's host must be a public name such as example.com")
    return host


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is; None for a name. Raises WebhookRefused for a half one.

    A last label that is a number makes the whole an address to a browser, and to the resolver
    of the C library: `2130706433`, `127.1`, `0x7f.1` and `010.0.0.1` are all inner ones.
    """
    if host.startswith("["):
        host = host[1:-1]
    elif not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2]):
        return None
    try:
        return ip_address(host)
    except ValueError:
        raise WebhookRefused("a webhook's address must be written in its plain form") from None


def _entry(part: str) -> Entry:
    local = part.startswith("http://")
    found = re.fullmatch(r"((?:\*\.)?[a-z0-9.-]+)(?::([0-9]{1,5}))?", part.removeprefix("http://"))
    if not found:
        raise ValueError(
            f"must be hosts such as hooks.example.com, a comma between them; {part[:60]!r} is none"
        )
    if local and found[1] != "localhost" and not is_local(found[1]):
        raise ValueError(
            "what begins http:// must be this machine itself, such as http://127.0.0.1"
        )
    return Entry(found[1], int(found[2] or 0), local)
