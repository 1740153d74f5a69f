"""E-mail addresses, network addresses, and names with passwords in links.

Sources: RFC 5321 §4.5.3 (lengths), RFC 4291 §2.2 (IPv6 as text), RFC 3986 §3.2.1.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Address

from samovar.guarding.runs import beginning, trailing
from samovar.guarding.spans import Finder

_LETTERS = "A-Za-z0-9\u00c0-\u024f"
_MOST_LOCAL, _MOST_DOMAIN = 64, 255
_LOCAL = re.compile(f"[{_LETTERS}_%+&'.-]")
_DOMAIN = re.compile(rf"[{_LETTERS}-]{{1,63}}(?:\.[{_LETTERS}-]{{1,63}}){{1,8}}")
_LAST_LABEL = re.compile(r"(?:[A-Za-z\u00c0-\u024f]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{2,59})")
_FILES = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "svg", "css", "js", "ts", "json", "html", "pdf", "xml"}
)
"""Ends of files' names that are no domains: `photo@2x.png`."""


def _emails(text: str) -> Iterator[tuple[int, int]]:
    at = text.find("@")
    while at >= 0:
        start, end = _local_start(text, at), _domain_end(text, at + 1)
        if start < at and end:
            yield start, end
        at = text.find("@", at + 1)


def _local_start(text: str, at: int) -> int:
    start = at
    while start > max(at - _MOST_LOCAL, 0) and _LOCAL.match(text, start - 1):
        start -= 1
    while start < at and text[start] in ".-'&":
        start += 1
    return start if text[at - 1 : at] != "." else at


def _domain_end(text: str, start: int) -> int:
    """Where the domain ends, 0 where there is none: its last label is letters alone."""
    found = _DOMAIN.match(text, start, start + _MOST_DOMAIN)
    if found is None:
        return 0
    labels = found[0].split(".")
    while len(labels) > 1 and not _LAST_LABEL.fullmatch(labels[-1].rstrip("-")):
        labels.pop()
    if len(labels) < 2 or (len(labels) == 2 and labels[-1].lower() in _FILES):
        return 0
    return start + len(".".join(labels).rstrip("-"))


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\w|\.\d)", re.ASCII)
_NUMBERED = re.compile(
    r"(?:§|\b(?:version|release|build|firmware|driver|ver|v|section|sections|sec|chapter|figure|fig"
    r"|table|clause|article|paragraph|para|appendix|step))[\s.:=]{0,2}\Z",
    re.IGNORECASE,
)
"""Words before numbers with points that are no addresses."""
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?![\w:])", re.ASCII)
_MOST_IP = 64


def _networks(text: str) -> Iterator[tuple[int, int]]:
    for found in _IPV4.finditer(text) if "." in text else ():
        if not _NUMBERED.search(text, max(found.start() - 14, 0), found.start()):
            yield found.span()
    if ":" not in text:
        return
    for found in _IPV6.finditer(text):
        said = found[0].rstrip(".") if found[0].endswith("::") else found[0].rstrip(".:")
        if said.count(":") >= 2 and _is_ipv6(said):
            yield found.start(), found.start() + len(said)


def _is_ipv6(said: str) -> bool:
    """Whether it is one, and says so by a digit: `add::face` is rather a name in a program."""
    try:
        IPv6Address(said)
    except ValueError:
        return False
    return any(character.isdigit() for character in said)


_SCHEME = r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,20}"
_LINK = re.compile(rf"{_SCHEME}://([^\s/@:]{{0,128}}:[^\s/@]{{1,128}})@")


def _credentials(text: str) -> Iterator[tuple[int, int]]:
    for found in _LINK.finditer(text) if "://" in text else ():
        yield found.span(1)


EMAIL = Finder(
    "email",
    _emails,
    trailing(f"{_LETTERS}_%+&'.@-", f"{_LETTERS}_%+", _MOST_LOCAL + _MOST_DOMAIN + 2),
)
IP = Finder("ip", _networks, trailing(r"0-9A-Fa-f:.", "0-9A-Fa-f:", _MOST_IP))
CREDENTIALS = Finder(
    "credentials",
    _credentials,
    beginning(rf"{_SCHEME}(?::(?:/(?:/[^\s/@]{{0,257}})?)?)?", 300),
)
